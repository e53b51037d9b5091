/** What the sender of a held message is told. */
export function heldNote(held: readonly string[]): string {
  const names = held.join(', ');
  return `held back for ${names}: too much was answered without a person, so the operator decides when it goes on; do not send it again, go on with something else or end your turn`;
}
