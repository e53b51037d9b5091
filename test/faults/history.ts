import { writeSync } from 'node:fs';
import type { Act } from './acts.ts';

/** One act as its caller saw it: still `begun` when the process ended before it was answered. */
export interface Attempt {
  step: number;
  act: Act;
  state: 'begun' | 'ok' | 'refused';
  /** What it was answered. */
  result?: unknown;
  /** How it was refused. */
  code?: string;
  message?: string;
}

/** Tells an attempt to whoever reads the process's output, before anything else can happen. */
export function tell(attempt: Attempt): void {
  writeSync(1, `${JSON.stringify(attempt)}\n`);
}

/** Reads what was told, whole lines only; the last word about a step counts. */
export function readHistory(output: string): Attempt[] {
  const steps = new Map<number, Attempt>();
  for (const line of output.split('\n').slice(0, -1)) {
    if (!line.startsWith('{')) continue;
    const attempt = JSON.parse(line) as Attempt;
    steps.set(attempt.step, attempt);
  }
  return [...steps.values()];
}
