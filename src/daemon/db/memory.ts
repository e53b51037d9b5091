/** Answers that are remembered at most. */
const MOST = 4096;

/** What `Tx.remembered` answers, from one group to the next. */
export class Memory {
  #answers = new Map<string, unknown>();

  /** Undefined when nothing is known. */
  get(key: string): unknown {
    return this.#answers.get(key);
  }

  set(key: string, answer: unknown): void {
    if (this.#answers.size >= MOST) this.forget();
    this.#answers.set(key, answer);
  }

  /** Begins a new map: one that is cleared again and again leaves tables that keep what they held alive until all garbage is looked for. */
  forget(): void {
    if (this.#answers.size > 0) this.#answers = new Map();
  }
}
