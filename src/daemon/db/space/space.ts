import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { toHiveError } from '#src/lib/errors.ts';
import type { Reserve } from './reserve.ts';

/** Pause between two looks at a full disk. */
const LOOK_MS = 2000;

/** What keeping room needs. */
export interface SpaceDeps {
  reserve: Reserve | undefined;
  /** Bytes that what is stored already will still take. */
  owed(): number;
  clock: Clock;
  log: Pick<Logger, 'error'>;
}

/** Whether the disk has room: when it is full the reserve is given back, and nothing new is stored until it could be made again. */
export class Space {
  readonly #deps: SpaceDeps;
  #full = false;
  #stop: (() => void) | undefined;
  #ended = false;

  /** Makes the reserve in the background when it is not there. */
  constructor(deps: SpaceDeps) {
    this.#deps = deps;
    if (deps.reserve && !deps.reserve.isHeld()) void this.#look();
  }

  /** True while only what ends work may be stored. */
  get full(): boolean {
    return this.#full;
  }

  /** A write found no room: answers whether there is some now, so that it is worth another try. */
  release(): boolean {
    const { reserve, log } = this.#deps;
    if (!reserve?.release()) return false;
    log.error({ free: reserve.freeBytes() }, 'the disk is full: the reserve was given back, nothing new is stored');
    this.#becomeFull();
    return true;
  }

  /** Looks no more: the database may be closed. */
  end(): void {
    this.#ended = true;
    this.#stop?.();
  }

  #becomeFull(): void {
    this.#full = true;
    this.#stop?.();
    if (this.#ended) return;
    this.#stop = this.#deps.clock.after(LOOK_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const made = await this.#make().catch((error: unknown) => {
      this.#deps.log.error({ err: toHiveError(error) }, 'the reserve could not be made');
      return false;
    });
    if (made) this.#full = false;
    else this.#becomeFull();
  }

  async #make(): Promise<boolean | undefined> {
    const { reserve, owed } = this.#deps;
    return reserve?.make(owed());
  }
}
