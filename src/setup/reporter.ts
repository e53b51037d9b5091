import type { SetupEvent, SetupProgress, SetupStepName } from '#src/protocol/setup.ts';

/** Says how far one step is. */
export type Progress = (detail: string, fraction?: number) => void;

/** One step's voice on stdout. */
export interface StepReporter {
  report(state: SetupProgress['state'], more?: Pick<SetupProgress, 'detail' | 'fraction' | 'log' | 'fix'>): void;
}

/** Starts reporting a step through `print`; every line carries the milliseconds since now. */
export function stepReporter(
  step: SetupStepName,
  title: string,
  { print, now }: { print: (event: SetupEvent) => void; now: () => number },
): StepReporter {
  const started = now();
  return {
    report: (state, more = {}) => print({ step, title, state, ms: Math.round(now() - started), ...more }),
  };
}
