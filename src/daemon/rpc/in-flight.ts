/** What the calls under way may hold of the daemon's memory, all connections together: their frames, several times over while they are parsed and stored. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Counts the bytes of calls under way in the whole daemon, so that a flood is refused before memory runs out (F15 of FACTS/faults-and-attacks). */
export class InFlight {
  #bytes = 0;

  /** Whether there is room for a call of so many bytes; then {@link leave} gives it back. One alone always has. */
  enter(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > MOST_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
  }
}
