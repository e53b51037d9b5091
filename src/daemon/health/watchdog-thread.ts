import { appendFile, write } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './watchdog.ts';

/** What a disk that does not answer may take for the last line. */
const LAST_LINE_MS = 500;

/** The watchdog's own thread: it runs while the event loop stands still. */
function main({ beats, mostMissed, everyMs, intervalMs, logFile }: WatchdogData): void {
  const counter = new Int32Array(beats);
  let last = Atomics.load(counter, 0);
  let missed = 0;
  const looking = setInterval(() => {
    const now = Atomics.load(counter, 0);
    missed = now === last ? missed + 1 : 0;
    last = now;
    if (missed < mostMissed) return;
    clearInterval(looking);
    end(`the event loop stood still for ${intervalMs / 1000} s: the watchdog ends the daemon`, logFile);
  }, everyMs);
}

function end(msg: string, logFile: string): void {
  const kill = (): void => void process.kill(process.pid, 'SIGKILL');
  setTimeout(kill, LAST_LINE_MS);
  write(2, `hive daemon: ${msg}\n`, () => {
    appendFile(logFile, `${JSON.stringify({ level: 60, time: Date.now(), msg })}\n`, kill);
  });
}

main(workerData as WatchdogData);
// What a daemon that is killed compiled is there for the next one when each thread kept its own part.
flushCompileCache();
