import { readdirSync, readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';

/** Descriptors that stay free for the daemon's own work: the database, containers, the forge. */
const KEPT = 32;
/** Once connections were refused, so many more have to be free until all is well again: what is opened for a moment would change the word all the time. */
const RELIEF = 8;
/** The kernel is asked at most so often; in between, connections are counted. */
const ASK_EVERY_MS = 250;
/** While they are short, one line of the log in this time tells of all that were refused. */
const TELL_EVERY_MS = 60_000;

/** How many descriptors this process has open, and how many it may have. */
type CountDescriptors = () => { open: number; limit: number };

/** Node does not tell when file descriptors run out (FACTS/broker): connections are counted against the limit, and the last descriptors are not for them. */
export class Descriptors {
  readonly #clock: Clock;
  readonly #log: Pick<Logger, 'error'>;
  readonly #count: CountDescriptors;
  #free = 0;
  #limit = 0;
  #askedAt = -Infinity;
  #toldAt = -Infinity;
  #refused = 0;
  /** One was refused, and it was not much better since. */
  #short = false;

  constructor(clock: Clock, log: Pick<Logger, 'error'>, count: CountDescriptors = askKernel) {
    this.#clock = clock;
    this.#log = log;
    this.#count = count;
  }

  /** Takes room for one more connection; answers how to give it back, or null when there is none. The connection has its descriptor already. */
  enter(): (() => void) | null {
    if (this.#clock.monotonic() - this.#askedAt > ASK_EVERY_MS) this.#ask();
    else this.#free--;
    if (this.#free < KEPT) return this.#refuse();
    return () => void this.#free++;
  }

  /** What a person should know, or nothing. */
  alert(): string | undefined {
    this.#ask();
    if (this.#free > KEPT + (this.#short ? RELIEF : 0)) {
      this.#short = false;
      return undefined;
    }
    return `file descriptors are short: ${this.#free} of ${this.#limit} are free, new connections are refused (${this.#refused} so far). End what opened them, or raise the limit (ulimit -n)`;
  }

  #refuse(): null {
    this.#free++;
    this.#refused++;
    this.#short = true;
    const now = this.#clock.monotonic();
    if (now - this.#toldAt < TELL_EVERY_MS) return null;
    this.#toldAt = now;
    const facts = { free: this.#free, limit: this.#limit, refused: this.#refused };
    this.#log.error(facts, 'file descriptors are short: new connections are refused');
    return null;
  }

  #ask(): void {
    this.#askedAt = this.#clock.monotonic();
    try {
      const { open, limit } = this.#count();
      this.#limit = limit;
      this.#free = limit - open;
    } catch {
      this.#free = 0;
    }
  }
}

function askKernel(): ReturnType<CountDescriptors> {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const limit = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  // The folder's own descriptor is among them.
  return { open: readdirSync('/proc/self/fd').length - 1, limit };
}
