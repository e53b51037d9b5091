import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { toolsReference } from '../../support/docs/tools-reference.ts';

const PAGE = resolve(import.meta.dirname, '../../../docs/tools.md');

test('docs/tools.md is what the tools say of themselves (npm run docs writes it)', async () => {
  const page = await format(await toolsReference(), { ...(await resolveConfig(PAGE)), parser: 'markdown' });
  if (process.env['HIVE_UPDATE_DOCS']) writeFileSync(PAGE, page);
  assert.equal(readFileSync(PAGE, 'utf8'), page);
});
