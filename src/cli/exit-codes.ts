import { HiveError, type ErrorCode } from '#src/lib/errors.ts';

/** Exit codes of every `hive` command (DESIGN §12). */
export const EXIT = { ok: 0, failed: 1, usage: 2, notRunning: 3, refused: 4, interrupted: 130 } as const;

/** The exit code of an error's code: what the caller got wrong is usage, what the hive does not allow is refused. */
export const EXIT_OF: Record<ErrorCode, number> = {
  invalid: EXIT.usage,
  not_found: EXIT.failed,
  conflict: EXIT.refused,
  forbidden: EXIT.refused,
  limited: EXIT.refused,
  unavailable: EXIT.failed,
  internal: EXIT.failed,
};

/** A signal ended the command early. */
export class InterruptedError extends HiveError {}
