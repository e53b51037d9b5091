import type { Clock } from '#src/lib/clock.ts';

/** A container that lived this long was no failed start. */
const LIVED_MS = 60_000;
/** From the third failure in a row on the agent is shown as failed; it is tried on all the same. */
const SHOWN_AFTER = 3;

interface Trouble {
  times: number;
  notBefore: number;
  message: string;
}

/** Back-off for containers that die or do not start: pauses grow with each failure in a row, per agent. */
export class Restarts {
  readonly #clock: Clock;
  readonly #delays: readonly number[];
  readonly #retry: (agent: string) => void;
  readonly #troubles = new Map<string, Trouble>();
  readonly #startedAt = new Map<string, number>();

  /** `delays` in ms, the last one repeats; `retry` is called when a pause is over. */
  constructor(clock: Clock, delays: readonly number[], retry: (agent: string) => void) {
    this.#clock = clock;
    this.#delays = delays;
    this.#retry = retry;
  }

  started(agent: string): void {
    this.#startedAt.set(agent, this.#clock.monotonic());
  }

  /** The container ended by itself, or could not be started. */
  failed(agent: string, message: string): void {
    const startedAt = this.#startedAt.get(agent) ?? Infinity;
    const lived = this.#clock.monotonic() - startedAt >= LIVED_MS;
    const times = (lived ? 0 : (this.#troubles.get(agent)?.times ?? 0)) + 1;
    const delay = this.#delays[Math.min(times, this.#delays.length) - 1] ?? 0;
    this.#troubles.set(agent, { times, notBefore: this.#clock.monotonic() + delay, message });
    this.#clock.after(delay, () => this.#retry(agent));
  }

  /** Somebody ordered a start: forget what was. */
  forgive(agent: string): void {
    this.#troubles.delete(agent);
  }

  mayStart(agent: string): boolean {
    return this.#clock.monotonic() >= (this.#troubles.get(agent)?.notBefore ?? -Infinity);
  }

  /** What went wrong last, when it went wrong often enough to be shown as the agent's state. */
  failure(agent: string): string | null {
    const trouble = this.#troubles.get(agent);
    return trouble && trouble.times >= SHOWN_AFTER ? `${trouble.message} (${trouble.times} times in a row)` : null;
  }

  /** What went wrong last, however often. */
  latest(agent: string): string | null {
    return this.#troubles.get(agent)?.message ?? null;
  }
}
