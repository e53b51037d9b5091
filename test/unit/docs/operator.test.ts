import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { DEFAULT_PORTS } from '#src/cli/up/ports.ts';
import { configFile } from '#src/protocol/config-file.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const OPERATOR = readFileSync(join(DOCS, 'operator.md'), 'utf8');
/** What the page of deliveries lists, written from the code. */
const DELIVERIES = readFileSync(join(DOCS, 'deliveries.md'), 'utf8');

type Shape = z.core.JSONSchema.BaseSchema;

/** Every field below a shape with the names that lead to it. */
function fields(shape: Shape, path: string[] = []): string[][] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, below]) => {
    const here = [...path, name];
    return [here, ...(typeof below === 'object' ? fields(below, here) : [])];
  });
}

const ALL = fields(z.toJSONSchema(configFile, { io: 'input' }));
const DEFAULTS: Record<string, unknown> = configFile.parse(DEFAULT_PORTS);

test('docs/operator.md has a row for every key of config.json, with its default', () => {
  const keys = ALL.filter((path) => path.length === 1).map(([name = '']) => name);
  assert.ok(keys.includes('uid_base') && keys.length > 10);
  const wrong = keys.filter((key) => {
    const [, shown] = new RegExp(`^\\| \`${key}\` \\| (.*?) \\|`, 'm').exec(OPERATOR) ?? [];
    const simple = typeof DEFAULTS[key] === 'number';
    return shown === undefined || (simple && shown !== String(DEFAULTS[key]));
  });
  assert.deepEqual(wrong, []);
});

test('what stands inside a key of config.json has an example that is accepted, that of patience a row in docs/deliveries.md', () => {
  const examples = [...OPERATOR.matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => JSON.parse(`{${text}}`) as object);
  const shown: unknown = configFile.partial().strict().parse(Object.assign({}, ...examples));
  const isShown = (path: string[]): boolean =>
    path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], shown) !== undefined;
  const inside = ALL.filter((path) => path.length > 1);
  assert.ok(inside.length > 20);
  const missing = inside.filter(([top = '', ...rest]) => {
    if (top !== 'patience') return !isShown([top, ...rest]);
    return rest[0] !== 'phases' && !DELIVERIES.includes(`| \`${rest.join('.')}\` |`);
  });
  assert.deepEqual(missing, []);
});
