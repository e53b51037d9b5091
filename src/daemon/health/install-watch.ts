import type { Clock } from '#src/lib/clock.ts';
import { harnessBuild } from '#src/protocol/build.ts';

/** Looking costs some milliseconds, and a dashboard asks often. */
const AGAIN_MS = 2_000;

/** Tells when the installed hive is not the one any more that the daemon was started from: what starts in containers from then on is of another build than the daemon. */
export class InstallWatch {
  readonly #install: string;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #started: string | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #alert: string | undefined;

  constructor(install: string, clock: Pick<Clock, 'monotonic'>) {
    this.#install = install;
    this.#clock = clock;
  }

  /** Notes what is installed; nothing is told before. */
  begin(): void {
    this.#started = build(this.#install);
  }

  /** What is wrong, and what to do; at most two seconds old. */
  alert(): string | undefined {
    const now = this.#clock.monotonic();
    if (this.#started === undefined || now - this.#lookedAt < AGAIN_MS) return this.#alert;
    this.#lookedAt = now;
    const installed = build(this.#install);
    if (installed === undefined) this.#alert = `the installed hive at ${this.#install} cannot be read: put it back`;
    else this.#alert = installed === this.#started ? undefined : REPLACED;
    return this.#alert;
  }
}

const REPLACED =
  'the installed hive was replaced, and agents that start now may be refused: hive down --keep-containers, then hive up, which lets agents go on';

function build(install: string): string | undefined {
  try {
    return harnessBuild(install);
  } catch {
    return undefined;
  }
}
