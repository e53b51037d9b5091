import { z } from 'zod';
import { bold, dim, plain } from './output.ts';

/** What the hive's parts write into their logs: a line of JSON each, of pino or like it. */
const record = z.looseObject({
  msg: z.string(),
  level: z.number().optional(),
  time: z.union([z.number(), z.string()]).optional(),
});

/** What an operator must not overlook, by pino's numbers. */
const LEVELS: [from: number, word: string][] = [
  [60, 'FATAL'],
  [50, 'ERROR'],
  [40, 'WARN'],
];

/**
 * A line of a log for people: local time, level from warnings on, what happened, and its fields as `key=value`; of a text with more lines the others stand
 * indented below. What is no record stays as it is.
 */
export function logLine(line: string): string {
  const { success, data } = record.safeParse(parse(line));
  if (!success) return plain(line);
  const { msg, level = 0, time, ...rest } = data;
  const fields = Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, said(value)] as const);
  const word = LEVELS.find(([from]) => level >= from)?.[1];
  const told = fields.map(([key, value]) => `${key}=${valueOf(value)}`).join(' ');
  const parts = [
    ...(time === undefined ? [] : [dim(plain(localTime(time)))]),
    ...(word === undefined ? [] : [bold(word)]),
    plain([firstLine(msg), told].filter((part) => part !== '').join('  ')),
  ];
  const below = [msg, ...fields.map(([, value]) => value)].flatMap(otherLines);
  return [parts.join(' '), ...below.map((text) => plain(`    ${text}`))].join('\n');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function localTime(time: number | string): string {
  const date = new Date(time);
  // Sweden writes dates as ISO 8601 does.
  return Number.isNaN(date.getTime()) ? String(time) : date.toLocaleString('sv-SE');
}

/** Of an error only what it says: its stack is for those who mend it. */
function said(value: unknown): unknown {
  const isError = typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
  return isError ? value.message : value;
}

function valueOf(value: unknown): string {
  if (typeof value === 'string') return quoted(firstLine(value));
  if (!Array.isArray(value) || value.length === 0 || value.some((item) => typeof item === 'object'))
    return JSON.stringify(value);
  return value.map(valueOf).join(',');
}

function quoted(text: string): string {
  return /^[^\s"=,]+$/.test(text) ? text : JSON.stringify(text);
}

function firstLine(text: string): string {
  const [first = '', ...others] = text.trimEnd().split('\n');
  return others.length === 0 ? first : `${first} …`;
}

function otherLines(value: unknown): string[] {
  return typeof value === 'string' ? value.trimEnd().split('\n').slice(1) : [];
}
