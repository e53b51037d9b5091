import { toHiveError } from '#src/lib/errors.ts';
import type { SetupEvent, SetupResult } from '#src/protocol/setup.ts';
import type { SetupConfig } from './config.ts';
import { SetupFailure } from './failure.ts';
import { type StepReporter, stepReporter } from './reporter.ts';
import type { Step } from './step.ts';

/** How setup talks and stops. */
export interface RunOptions {
  print: (event: SetupEvent) => void;
  now: () => number;
  signal: AbortSignal;
}

/** Runs the chosen steps in order and stops at the first that fails; true when all were done. */
export async function runSetup(steps: readonly Step[], config: SetupConfig, options: RunOptions): Promise<boolean> {
  const result: SetupResult = {};
  let ok = true;
  for (const step of steps.filter(({ name }) => config.steps.includes(name))) {
    const reporter = stepReporter(step.name, step.title, options);
    reporter.report('start');
    try {
      const progress = (detail: string, fraction?: number): void =>
        reporter.report('progress', { detail, ...(fraction !== undefined && { fraction }) });
      const detail = await step.run({ config, result, progress, signal: options.signal });
      reporter.report('done', { detail });
    } catch (error) {
      reportFailure(reporter, error, options.signal);
      ok = false;
      break;
    }
  }
  options.print({ done: true, ok, result });
  return ok;
}

function reportFailure(reporter: StepReporter, error: unknown, signal: AbortSignal): void {
  if (signal.aborted) {
    reporter.report('failed', {
      detail: 'stopped',
      fix: ['Run the same command again: it goes on where this stopped.'],
    });
    return;
  }
  const { message } = toHiveError(error);
  const remedy = error instanceof SetupFailure ? error.remedy : { fix: [] };
  reporter.report('failed', { detail: message, ...remedy });
}
