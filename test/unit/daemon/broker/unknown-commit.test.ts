import assert from 'node:assert/strict';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import { openTestBroker, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { openTestDatabase } from '../../../support/database.ts';

const UNKNOWN = { code: 'unavailable', retry: true, message: /unknown/ };
const KEYED = { ...to('bob', 'once'), key: 'tool-call-1' };

/** Lets the next COMMIT fail as the storage would: before it took effect, or after. */
function failCommit({ db }: TestBroker['hive'], code: string, kept: boolean): void {
  const { prepare } = db;
  const fail = (): never => {
    db.prepare = prepare;
    if (kept) db.exec('COMMIT');
    throw new Sqlite.SqliteError('planted', code);
  };
  db.prepare = ((sql: string) => (sql === 'COMMIT' ? { run: fail } : prepare.call(db, sql))) as typeof prepare;
}

/** Bodies of everything that was said. */
function said(hive: TestBroker): string[] {
  return hive.broker.messages({ max: 50 }).messages.map((message) => message.body);
}

test('F29: a commit that failed after the write is unknown to every caller; with their keys each is written exactly once', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const asked = await hive.broker.ask('zoe', { to: 'alice', question: 'blue?', multi: false });
  const calls = [
    () => hive.broker.send('alice', KEYED),
    () => hive.broker.send('alice', { ...to('*', 'everybody'), key: 'tool-call-2' }),
    () => hive.broker.ask('bob', { to: 'alice', question: 'green?', multi: false, key: 'tool-call-3' }),
    () => hive.broker.cancelAsk('zoe', { id: asked.id, key: 'tool-call-4' }),
  ];
  failCommit(hive.hive, 'SQLITE_NOMEM', false);
  for (const call of await Promise.allSettled(calls.map((call) => call()))) {
    assert.equal(call.status, 'rejected');
    assert.match(String(call.reason), UNKNOWN.message);
  }
  assert.deepEqual(said(hive), ['blue?']);
  const first = await Promise.all(calls.map((call) => call()));
  assert.deepEqual(await Promise.all(calls.map((call) => call())), first, 'the same key answers the same');
  const cancelled = said(hive).filter((body) => body.startsWith('zoe cancelled'));
  assert.equal(cancelled.length, 1);
  assert.deepEqual(
    said(hive)
      .filter((body) => !cancelled.includes(body))
      .toSorted(),
    ['blue?', 'everybody', 'green?', 'once'],
  );
  assert.equal(hive.broker.counts('bob').queued, 2);
});

test('F29: a commit that took effect although it was reported as failed: after the restart the same key gives the first id', async () => {
  await using file = openTestDatabase();
  const before = await openTestBroker(['alice', 'bob'], { hive: file });
  const waiting = before.next(await before.connect('bob'));
  waiting.catch(() => undefined);
  failCommit(file, 'SQLITE_IOERR_FSYNC', true);
  await assert.rejects(before.broker.send('alice', KEYED), UNKNOWN);
  assert.equal(file.fatal.length, 1, 'the process has to end: recovery decides');
  await assert.rejects(before.broker.send('alice', KEYED), { code: 'unavailable' });
  await before.broker[Symbol.asyncDispose]();

  const again = openTestDatabase({ file: file.file, clock: file.clock });
  await using after = await openTestBroker([], { hive: again });
  const { id } = await after.broker.send('alice', KEYED);
  assert.deepEqual(
    after.broker.messages({ max: 50 }).messages.map((message) => [message.id, message.body, message.deliveries.length]),
    [[id, 'once', 1]],
  );
});
