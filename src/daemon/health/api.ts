/** What is wrong with the daemon itself right now, and room for connections. */
export interface Health {
  /** One sentence each: what, and what to do. Empty when all is well. */
  alerts(): string[];
  /** Takes room for one more connection; answers how to give it back, or null when descriptors are short. */
  enter(): (() => void) | null;
}
