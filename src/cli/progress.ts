import type { SetupProgress } from '#src/protocol/setup.ts';
import { dim } from './output.ts';

/** A progress list on stderr: one line per step, with what it took. */
export interface Progress {
  setup(event: SetupProgress): void;
  /** Runs `work` as one step named `title`. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
}

/** `quiet` prints nothing; without a terminal only finished steps are printed. */
export function createProgress({ quiet }: { quiet: boolean }): Progress {
  const live = !quiet && process.stderr.isTTY;
  const line = (mark: string, title: string, ms: number, detail = ''): string =>
    `${mark} ${title.padEnd(28)} ${dim(`${(ms / 1000).toFixed(1).padStart(6)} s`)}${detail ? `  ${dim(detail)}` : ''}`;
  const show = (text: string): void => {
    if (live) process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) + 16)}`);
  };
  const finish = (text: string): void => {
    if (!quiet) process.stderr.write(`${live ? '\r\x1b[K' : ''}${text}\n`);
  };
  return {
    setup(event) {
      const share = event.fraction === undefined ? '' : `${Math.round(event.fraction * 100)} % `;
      const detail = `${share}${event.detail ?? ''}`;
      if (event.state === 'start' || event.state === 'progress') show(line('…', event.title, event.ms, detail));
      else if (event.state === 'failed') finish(line('✗', event.title, event.ms));
      else finish(line('✓', event.title, event.ms, event.detail ?? ''));
    },
    async step(title, work) {
      const started = performance.now();
      const took = (): number => performance.now() - started;
      show(line('…', title, 0));
      try {
        const result = await work((detail) => show(line('…', title, took(), detail)));
        finish(line('✓', title, took()));
        return result;
      } catch (error) {
        finish(line('✗', title, took()));
        throw error;
      }
    },
  };
}
