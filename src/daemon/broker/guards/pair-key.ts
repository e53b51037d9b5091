/** Two parties in the order in which they are stored. */
export function pairOf(one: string, other: string): [left: string, right: string] {
  return one < other ? [one, other] : [other, one];
}

/** The same for maps; names have no spaces. */
export function pairKey(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
