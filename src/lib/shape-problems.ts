import { z } from 'zod';
import { nearest } from './nearest.ts';
import { shorten } from './shorten.ts';

type Issue = z.core.$ZodIssue;
type JsonSchema = z.core.JSONSchema.BaseSchema;

const LONGEST_SHOWN = 80;
const MOST_SHOWN = 3;

/**
 * What is wrong with a value that somebody wrote and a shape refused, in sentences for people: the field, its value and what is allowed, for the first problems
 * (at most three). Values of fields in `secret` are never repeated; a shape's own message stands for ours.
 */
export function problemsOf(shape: z.ZodType, value: unknown, secret: ReadonlySet<string> = new Set()): string[] {
  const issues = shape.safeParse(value, { error: ruleOf }).error?.issues ?? [];
  return issues.slice(0, MOST_SHOWN).map((issue) => describe(leaf(issue), value, secret));
}

/** What the schema of an issue allows, in words. */
function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  const schema = issue.schema ?? issue.inst;
  if (issue.code === 'custom' || !(schema instanceof z.ZodType)) return undefined;
  if (issue.code !== 'unrecognized_keys')
    return `it must be ${wordsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))}`;
  return schema instanceof z.ZodObject ? insteadOf(issue.keys, Object.keys(schema.shape)) : 'remove it';
}

/** What to do about fields that nobody knows. */
function insteadOf(unknown: string[], known: string[]): string {
  const meant = unknown.map((key) => nearest(key, known)).filter((key) => key !== undefined);
  return `${meant.length > 0 ? `did you mean ${meant.join(', ')}?` : 'remove it'} (known are ${known.join(', ')})`;
}

/** A union reports every alternative; the last one is the most general (an agent's name after the fixed words). */
function leaf(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const alternative = issue.errors.at(-1)?.[0];
  return alternative ? leaf({ ...alternative, path: [...issue.path, ...alternative.path] }) : issue;
}

function describe(issue: Issue, whole: unknown, secret: ReadonlySet<string>): string {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    return `unknown field ${keys}${field && ` in ${field}`}: ${issue.message}`;
  }
  const value = issue.path.reduce<unknown>(member, whole);
  if (value === undefined) return `${field || 'everything'} is missing: ${issue.message}`;
  if (issue.path.some((part) => secret.has(String(part)))) return `${field} is refused: ${issue.message}`;
  const json = JSON.stringify(value);
  const shown = shorten(json, LONGEST_SHOWN);
  if (typeof value === 'string' && issue.message.includes(json))
    return `${field}: ${issue.message.replace(json, shown)}`;
  return `${field && `${field} `}${shown} is refused: ${issue.message}`;
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}

function wordsOf(schema: JsonSchema): string {
  const { type, anyOf } = schema;
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined) return String(schema.const);
  if (anyOf) return [...new Set(anyOf.map((one) => wordsOf(one)))].join(' or ');
  if (type === 'integer' || type === 'number') return numberWords(schema);
  if (type === 'boolean') return 'true or false';
  if (type === 'array') return `a list${range(schema.minItems, schema.maxItems, ' entries')}`;
  if (type !== 'string') return type === 'object' ? 'an object of named values' : String(type ?? 'something else');
  if (schema.format === 'uri') return 'a URL such as https://example.org';
  if (schema.pattern !== undefined) return `a text that matches ${schema.pattern}`;
  return `a text${range(schema.minLength, schema.maxLength, ' characters')}`;
}

function numberWords({ type, minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const what = type === 'integer' ? 'a whole number' : 'a number';
  if (typeof exclusiveMinimum !== 'number') return `${what}${range(minimum, maximum)}`;
  return `${what} above ${exclusiveMinimum}${maximum === undefined ? '' : ` and at most ${maximum}`}`;
}

/** ` from 1 to 5`, ` of 1 to 5 entries`, ` of at least 1 entries`; nothing where any is allowed. */
function range(least: number | undefined, most: number | undefined, unit = ''): string {
  const [from, to] = [limit(least), limit(most)];
  if (from === undefined && to === undefined) return '';
  if (from === undefined) return ` of at most ${to}${unit}`;
  if (to === undefined) return ` of at least ${from}${unit}`;
  return `${unit ? ' of' : ' from'} ${from} to ${to}${unit}`;
}

/** The ends of what a number can be exactly are no limits that somebody set. */
function limit(value: number | undefined): number | undefined {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
}
