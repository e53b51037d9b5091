import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWebSessions } from '#src/daemon/rpc/web-sessions.ts';
import { settle } from '../../../support/clock.ts';
import { openTestDatabase } from '../../../support/database.ts';

const HOUR = 3_600_000;

test('a sign-in lasts while it is used, at most 7 days, and ends after 12 unused hours', async () => {
  await using base = openTestDatabase();
  const sessions = createWebSessions(base);
  const { token } = await sessions.create('1', 'zoe');
  for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
    assert.deepEqual(sessions.resolve(token), { subject: '1', name: 'zoe' }, `after ${hours} h`);
    await settle();
    await base.clock.advance(6 * HOUR);
  }
  await base.clock.advance(12 * HOUR);
  assert.equal(sessions.resolve(token), undefined);

  const unused = await sessions.create('1', 'zoe');
  await base.clock.advance(12 * HOUR);
  assert.equal(sessions.resolve(unused.token), undefined);
});

test('signing out ends the sign-in and tells who watches it; the database never has the token', async () => {
  await using base = openTestDatabase();
  const sessions = createWebSessions(base);
  const { token } = await sessions.create('1', 'zoe');
  let told = 0;
  sessions.onEnd(token, () => told++);
  sessions.onEnd(token, () => told++)();
  const rows = JSON.stringify(base.db.prepare('SELECT * FROM web_sessions').all());
  assert.ok(!rows.includes(token));
  await sessions.end(token);
  assert.equal(told, 1);
  assert.equal(sessions.resolve(token), undefined);
  assert.equal(sessions.resolve('unknown'), undefined);
});
