import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { patienceTable, replaceBetween, statesTable } from '../../support/docs/deliveries.ts';

const PAGE = join(import.meta.dirname, '../../../docs/deliveries.md');

test('docs/deliveries.md says what the code does (HIVE_UPDATE_DOCS=1 writes its tables)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const fresh = replaceBetween(replaceBetween(page, 'states', statesTable()), 'patience', patienceTable());
  if (process.env['HIVE_UPDATE_DOCS']) writeFileSync(PAGE, fresh);
  assert.equal(readFileSync(PAGE, 'utf8'), fresh);
});
