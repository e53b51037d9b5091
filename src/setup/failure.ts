import { HiveError } from '#src/lib/errors.ts';

/** What a person can do about a failed step. */
export interface Remedy {
  /** Possibilities, best first; a command stands alone on its line. */
  fix: string[];
  /** File with the whole output of what failed. */
  log?: string;
}

/** A step that could not be finished, with what is possible now. Repeating it later is always safe. */
export class SetupFailure extends HiveError {
  readonly remedy: Remedy;

  constructor(message: string, remedy: Remedy, cause?: unknown) {
    super('unavailable', message, { cause });
    this.name = 'SetupFailure';
    this.remedy = remedy;
  }
}
