/** What alice and bob may say to each other: so many at once … */
export const PAIR_BURST = 4;
/** … and in this time in the long run. */
export const PAIR_WINDOW_S = 120;

/** The loop breaker for one pair: it is parked by what is said too much, and holds what is said from then on until it is released. */
export class PairModel {
  parked = false;
  /** Of what bob said to alice. */
  heldForOther = 0;
  #left = PAIR_BURST;
  #at = 0;

  /** One of them says something at `now`, monotonic ms; answers whether it is held. */
  say(now: number): boolean {
    this.#refill(now);
    const tooMuch = this.#left < 1 - 1e-6;
    if (!tooMuch) this.#left--;
    this.parked ||= tooMuch;
    return this.parked;
  }

  /** The operator lets them go on. */
  release(): void {
    Object.assign(this, { parked: false, heldForOther: 0 });
    this.restart();
  }

  /** What was counted is forgotten, not what is parked. */
  restart(): void {
    this.#left = PAIR_BURST;
  }

  #refill(now: number): void {
    this.#left = Math.min(PAIR_BURST, this.#left + ((now - this.#at) * PAIR_BURST) / (PAIR_WINDOW_S * 1000));
    this.#at = now;
  }
}
