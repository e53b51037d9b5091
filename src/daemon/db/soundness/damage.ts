import { HiveError } from '#src/lib/errors.ts';

/** The database or its log is not what was written: never replaced, never written to (`unavailable`). */
export class DamagedError extends HiveError {
  /** What is wrong, as a clause: "it is empty". */
  readonly problem: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super('unavailable', `the database ${file} is damaged: ${problem}`, { retry: false, cause });
    this.problem = problem;
  }
}
