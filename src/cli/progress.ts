import type { SetupProgress } from '#src/protocol/setup.ts';
import { dim } from './output.ts';

/** A progress list on stderr: one line per step, with what it took. */
export interface Progress {
  setup(event: SetupProgress): void;
  /** Runs `work` as one step named `title`. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
}

/** Without a terminal a long step says this often that it goes on. */
const SIGN_OF_LIFE_MS = 30_000;

/** On a terminal the running step's line is redrawn; elsewhere finished steps are printed, and long ones from time to time. */
export function createProgress(): Progress {
  const live = process.stderr.isTTY;
  let shown = 0;
  const show = (text: string, ms: number): void => {
    if (live) process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns + 16)}`);
    else if (ms - shown >= SIGN_OF_LIFE_MS) {
      shown = ms;
      process.stderr.write(`${text}\n`);
    }
  };
  const finish = (text: string): void => {
    shown = 0;
    process.stderr.write(`${live ? '\r\x1b[K' : ''}${text}\n`);
  };
  return {
    setup(event) {
      const share = event.fraction === undefined ? '' : `${Math.round(event.fraction * 100)} % `;
      const detail = `${share}${event.detail ?? ''}`;
      if (event.state === 'start' || event.state === 'progress') {
        show(line('…', event.title, event.ms, detail), event.ms);
      } else if (event.state === 'failed') finish(line('✗', event.title, event.ms));
      else finish(line('✓', event.title, event.ms, event.detail ?? ''));
    },
    async step(title, work) {
      const started = performance.now();
      const took = (): number => performance.now() - started;
      show(line('…', title, 0), 0);
      try {
        const result = await work((detail) => show(line('…', title, took(), detail), took()));
        finish(line('✓', title, took()));
        return result;
      } catch (error) {
        finish(line('✗', title, took()));
        throw error;
      }
    },
  };
}

function line(mark: string, title: string, ms: number, detail = ''): string {
  const time = dim(`${(ms / 1000).toFixed(1).padStart(6)} s`);
  return `${mark} ${title.padEnd(28)} ${time}${detail ? `  ${dim(detail)}` : ''}`;
}
