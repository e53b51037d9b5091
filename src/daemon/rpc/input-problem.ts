import type { z } from 'zod';
import { shorten } from '#src/lib/shorten.ts';

type Issue = z.core.$ZodIssue;

/** Fields whose values are never repeated in a message. */
const SECRET_FIELDS = new Set(['value', 'nonce', 'session', 'flow', 'query']);
const LONGEST_SHOWN = 80;

/** One readable sentence for a refused input: the field, its value and the rule, for the first problems found (at most three). */
export function inputProblem(cmd: string, error: z.ZodError, input: unknown): string {
  const sentences = error.issues.slice(0, 3).map((issue) => describe(leaf(issue), input));
  return `${cmd}: ${sentences.join('; ')}`;
}

/** A union reports every alternative; the last one is the most general (an agent's name after the fixed words). */
function leaf(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const alternative = issue.errors.at(-1)?.[0];
  return alternative ? leaf({ ...alternative, path: [...issue.path, ...alternative.path] }) : issue;
}

function describe(issue: Issue, input: unknown): string {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}${field && ` in ${field}`}: remove it`;
  }
  const value = issue.path.reduce<unknown>(member, input);
  if (value === undefined) return `${field} is missing (${issue.message})`;
  if (issue.path.some((part) => SECRET_FIELDS.has(String(part)))) return `${field} is refused: ${issue.message}`;
  const json = JSON.stringify(value);
  const shown = shorten(json, LONGEST_SHOWN);
  if (issue.message.includes(json)) return `${field}: ${issue.message.replace(json, shown)}`;
  return `${field} ${shown} is refused: ${issue.message}`;
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
