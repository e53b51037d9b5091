import { text } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { parseSpan, span, SPAN_RULE } from '#src/lib/span.ts';
import { FURTHEST_SECONDS } from '#src/protocol/shapes.ts';

/** Parses an id for commander. */
export function readId(value: string): number {
  const id = Number(value);
  if (!Number.isInteger(id) || id < 1) throw new InvalidArgumentError('an id is a whole number from 1.');
  return id;
}

/** Parses a count from 1 to `most` for commander. */
export function readCount(most: number): (value: string) => number {
  return (value) => {
    const count = Number(value);
    if (!Number.isInteger(count) || count < 1 || count > most) {
      throw new InvalidArgumentError(`a whole number from 1 to ${most} is needed.`);
    }
    return count;
  };
}

/** Parses a TCP port for commander; 0 = a free one. */
export function readPort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 (a free one) to 65535.');
  return port;
}

/** Parses a span like `90`, `90s`, `10m`, `1h30m` or `1d`, from `least` to `most` seconds, for commander; seconds. */
export function readSpan(least = 0, most: number = FURTHEST_SECONDS): (value: string) => number {
  return (value) => {
    const seconds = parseSpan(value);
    if (seconds === undefined) throw new InvalidArgumentError(`${SPAN_RULE}.`);
    if (seconds < least || seconds > most)
      throw new InvalidArgumentError(`a span from ${span(least)} to ${span(most)} is needed.`);
    return seconds;
  };
}

/** Collects a repeatable option's values; each may hold several, with commas between. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(',').filter(Boolean)];
}

/** The text itself, or all of standard input when it is `-`. */
export async function readText(value: string): Promise<string> {
  return value === '-' ? text(process.stdin) : value;
}
