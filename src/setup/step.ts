import type { SetupResult, SetupStepName } from '#src/protocol/setup.ts';
import type { SetupConfig } from './config.ts';
import type { Progress } from './reporter.ts';

/** What every step works with. */
export interface StepContext {
  config: SetupConfig;
  /** Parts found so far; a step adds its own. */
  result: SetupResult;
  progress: Progress;
  signal: AbortSignal;
}

/** One part that setup brings. `run` may be repeated after any interruption; it returns what to tell a person. */
export interface Step {
  name: SetupStepName;
  title: string;
  run(context: StepContext): Promise<string>;
}
