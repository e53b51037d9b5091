import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';

/** The thread looks so often within the interval, and ends the process when it saw no beat one time less. */
const LOOKS = 6;

/** What the watching thread is told at its start. */
export interface WatchdogData {
  /** One 32-bit counter that the main thread moves on. */
  beats: SharedArrayBuffer;
  /** Looks in a row without a beat that mean: stuck. */
  mostMissed: number;
  /** Milliseconds between two looks. */
  everyMs: number;
  intervalMs: number;
  /** The daemon's log: the thread writes the last line itself, since the main thread cannot. */
  logFile: string;
}

/**
 * Ends this process by SIGKILL when its event loop stands still for `intervalMs`; whoever supervises it starts it again. A process that was stopped
 * (SIGSTOP) or a machine that slept is not stuck: the thread counts its own looks, not time.
 */
export function startWatchdog(intervalMs: number, logFile: string, log: Pick<Logger, 'error'>): AsyncDisposable {
  const beats = new SharedArrayBuffer(4);
  const counter = new Int32Array(beats);
  const everyMs = intervalMs / LOOKS;
  const beat = setInterval(() => Atomics.add(counter, 0, 1), everyMs / 2);
  beat.unref();
  const workerData: WatchdogData = { beats, mostMissed: LOOKS - 1, everyMs, intervalMs, logFile };
  const worker = new Worker(new URL('watchdog-thread.ts', import.meta.url), { workerData });
  worker.unref();
  worker.on('error', (err) => log.error({ err }, 'the watchdog failed: nothing ends a daemon that stands still'));
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await worker.terminate();
    },
  };
}
