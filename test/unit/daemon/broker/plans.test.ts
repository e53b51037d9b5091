import assert from 'node:assert/strict';
import test from 'node:test';
import { CLAIM_SQL } from '#src/daemon/broker/stores/delivery-store.ts';
import { DUE_SQL } from '#src/daemon/scheduler/reminder-store.ts';
import { openTestDatabase } from '../../../support/database.ts';
import type { TestDatabase } from '../../../support/database.ts';

/** How SQLite would find the rows of a query. */
function plan(hive: TestDatabase, sql: string, ...values: unknown[]): string[] {
  return (hive.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]).map((row) => row.detail);
}

for (const extra of [null, 'CREATE INDEX planted ON deliveries (recipient, id)']) {
  test(`the claim walks the queue alone${extra ? ', also beside an index that would lead elsewhere' : ''}`, async () => {
    await using hive = openTestDatabase();
    if (extra) hive.db.exec(extra);
    const steps = plan(hive, CLAIM_SQL, 'bob', 4);
    assert.match(steps[0] ?? '', /SEARCH d USING INDEX deliveries_queue \(recipient=\?\)/);
    assert.ok(!steps.some((step) => /SCAN|TEMP B-TREE/.test(step)), steps.join('\n'));
  });
}

test('due reminders are found by their due time', async () => {
  await using hive = openTestDatabase();
  hive.db.exec('CREATE INDEX planted ON reminders (state, agent)');
  const steps = plan(hive, DUE_SQL, 1, 500);
  assert.match(steps[0] ?? '', /SEARCH reminders USING INDEX reminders_due \(due_at<\?\)/);
  assert.ok(!steps.some((step) => /SCAN|TEMP B-TREE/.test(step)), steps.join('\n'));
});
