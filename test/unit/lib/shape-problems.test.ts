import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { problemsOf } from '#src/lib/shape-problems.ts';

const port = z.number().int().min(1).max(65_535);

for (const [shape, value, problem] of [
  [port, 'x', '"x" is refused: it must be a whole number from 1 to 65535'],
  [port, 70_000, '70000 is refused: it must be a whole number from 1 to 65535'],
  [port, 1.5, '1.5 is refused: it must be a whole number from 1 to 65535'],
  [z.number().positive().max(5), 0, '0 is refused: it must be a number above 0 and at most 5'],
  [z.number().min(2), true, 'true is refused: it must be a number of at least 2'],
  [z.enum(['claude', 'command']).default('claude'), 'gpt', '"gpt" is refused: it must be one of claude, command'],
  [z.url(), 'x', '"x" is refused: it must be a URL such as https://example.org'],
  [z.boolean(), 'yes', '"yes" is refused: it must be true or false'],
  [z.string().max(3), 'long', '"long" is refused: it must be a text of at most 3 characters'],
  [z.string().min(2).max(3), null, 'null is refused: it must be a text of 2 to 3 characters'],
  [z.array(port).min(1), [], '[] is refused: it must be a list of at least 1 entries'],
  [z.string().regex(/^x/, 'begins with x'), 'y', '"y" is refused: begins with x'],
  [z.union([z.literal('operator'), z.string().min(2)]), 3, '3 is refused: it must be a text of at least 2 characters'],
  [z.strictObject({ port }).prefault({ port: 1 }), [], '[] is refused: it must be an object of named values'],
  [
    z.strictObject({ a: z.strictObject({ port }) }),
    { a: {} },
    'a.port is missing: it must be a whole number from 1 to 65535',
  ],
  [
    z.strictObject({ a: z.strictObject({ port }).partial() }),
    { a: { prot: 1 } },
    'unknown field "prot" in a: did you mean port? (known are port)',
  ],
  [z.strictObject({ port }), { port: 1, from: 2 }, 'unknown field "from": remove it (known are port)'],
] as const) {
  test(`says: ${problem}`, () => assert.deepEqual(problemsOf(shape, value), [problem]));
}

test('names three problems at the most, and repeats no secret', () => {
  const shape = z.strictObject({ a: port, b: port, c: port, d: port });
  assert.equal(problemsOf(shape, {}).length, 3);
  const [problem] = problemsOf(z.strictObject({ value: z.string().max(2) }), { value: 'hush' }, new Set(['value']));
  assert.equal(problem, 'value is refused: it must be a text of at most 2 characters');
});

test('a value that is allowed has no problem', () => assert.deepEqual(problemsOf(port, 1), []));
