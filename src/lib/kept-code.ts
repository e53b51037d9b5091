import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { pause } from './pause.ts';

/** What a bundle is given by the one who runs it, `src/cli/bundle/run.cjs`. */
export interface RunningBundle {
  /** Where the code is kept that V8 makes of it. */
  codeFile: string;
  /** Bytes of it that this process began with; 0 when it compiled all by itself. */
  kept: number;
  /** What {@link codeFile} has to be for the next one to have all that this process compiled until now; undefined when the bundle was deleted. Holds the process up for 10 to 30 ms. */
  code(): Buffer | undefined;
}

declare global {
  interface ImportMeta {
    /** Undefined in a process that was started from its sources, and in threads. */
    readonly bundle?: RunningBundle;
  }
}

/** What is kept is replaced when it grows by so much, which ends some time: a bundle has no more than all of its functions. */
const WORTH = 1.1;
/** By then what comes back after a start is back. */
const USUAL_WORK_MS = 60_000;
const LOOK_MS = 5_000;
/** Part of the time that the process does something. */
const IDLE = 0.1;

/** Keeps what a process compiled for the next start of the same bundle. Without a bundle it does nothing. */
export class KeptCode {
  readonly #bundle: RunningBundle | undefined;
  #bytes: number;

  constructor(bundle: RunningBundle | undefined) {
    this.#bundle = bundle;
    this.#bytes = bundle?.kept ?? 0;
  }

  /** Whether the next start has nothing of this one's. */
  get lacking(): boolean {
    return this.#bundle !== undefined && this.#bytes === 0;
  }

  /**
   * Keeps what was compiled until now, if that is much more than what is kept and the bundle is still there. To be called when nobody waits. Throws what the file
   * system says; whoever starts next then compiles what it needs.
   */
  async keep(): Promise<void> {
    const code = this.#bundle?.code();
    if (this.#bundle === undefined || code === undefined || code.length < this.#bytes * WORTH) return;
    const { codeFile } = this.#bundle;
    this.#bytes = code.length;
    const draft = `${codeFile}.${randomBytes(4).toString('hex')}.new`;
    try {
      await writeFile(draft, code, { mode: 0o644, flag: 'wx' });
      await rename(draft, codeFile);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** {@link keep}s once, a minute from now or when the process is idle after that. `busy` answers how much of the time since its last call it was not. */
  async keepWhenIdle(clock: Clock, signal: AbortSignal, busy = ownLoop()): Promise<void> {
    if (this.#bundle === undefined) return;
    await pause(clock, USUAL_WORK_MS - LOOK_MS, signal);
    for (busy(); !signal.aborted;) {
      await pause(clock, LOOK_MS, signal);
      if (!signal.aborted && busy() <= IDLE) return await this.keep();
    }
  }
}

function ownLoop(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const before = last;
    last = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(last, before).utilization;
  };
}

/** What this very process compiles. */
export const keptCode = new KeptCode(import.meta.bundle);
