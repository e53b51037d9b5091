/** How much of something may happen: `burst` at once, `perSecond` in the long run. A `burst` of 0 allows nothing. */
export interface Rate {
  burst: number;
  perSecond: number;
}

/** Tokens that arithmetic on fractions may lose. */
const ROUNDING = 1e-6;

/**
 * Tokens that refill with time. Nothing ticks: what came back is counted when somebody looks. Times are monotonic milliseconds; a time before the last one
 * counts as the last one.
 */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  /** Starts full at `now`. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes `cost` tokens and answers 0; when there are too few, takes nothing and answers {@link wait}. */
  take(cost: number, now: number): number {
    const wait = this.wait(cost, now);
    if (wait === 0) this.#tokens = Math.max(0, this.#tokens - cost);
    return wait;
  }

  /** After how many milliseconds `cost` tokens can be taken; `Infinity` for never. */
  wait(cost: number, now: number): number {
    const missing = cost - this.left(now);
    if (missing <= ROUNDING) return 0;
    if (cost > this.#rate.burst || this.#rate.perSecond <= 0) return Infinity;
    return Math.ceil((missing / this.#rate.perSecond) * 1000);
  }

  /** Gives back what was taken for something that did not happen after all. */
  giveBack(cost: number): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + cost);
  }

  /** Tokens there are at `now`. */
  left(now: number): number {
    if (now > this.#at) {
      const refilled = this.#tokens + ((now - this.#at) / 1000) * this.#rate.perSecond;
      this.#tokens = Math.min(this.#rate.burst, refilled);
      this.#at = now;
    }
    return this.#tokens;
  }

  /** Whether it is full at `now`: forgetting it changes nothing. */
  isFull(now: number): boolean {
    return this.left(now) >= this.#rate.burst;
  }
}
