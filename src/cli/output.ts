import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import { toHiveError } from '#src/lib/errors.ts';
import { EXIT, EXIT_OF, InterruptedError } from './exit-codes.ts';
import { NotRunningError } from './connection.ts';
import { hint } from './hints.ts';

/** Control characters that agent-written text must not bring to a terminal (newline and tab may stay). */
// oxlint-disable-next-line no-control-regex -- they are what is removed
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Makes text that others wrote safe for a terminal: no escape sequences, no direction overrides. */
export function plain(text: string): string {
  return text.replace(CONTROL, '�');
}

/** Prints one line for people. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Prints the line that says what to do next. */
export function nextStep(line: string): void {
  say(dim(`→ ${hint(line)}`));
}

/** Prints a value for programs: one JSON document. */
export function json(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Faint text where the terminal has colours. */
export function dim(text: string): string {
  return styleText('dim', text);
}

/** Bold text where the terminal has colours. */
export function bold(text: string): string {
  return styleText('bold', text);
}

/** Says on stderr what went wrong and answers the exit code for it. */
export function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const known = toHiveError(error);
  process.stderr.write(`hive: ${hint(known.message)}\n`);
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return error instanceof NotRunningError ? EXIT.notRunning : EXIT_OF[known.code];
}
