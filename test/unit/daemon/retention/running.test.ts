import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker } from '../../../support/broker.ts';
import { countRows, createTestRetention, forget, NOBODY_ELSE } from '../../../support/retention.ts';

test('it goes in short transactions, waits while much is written, and one that was stopped or failed is taken up', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { writer, clock, db } = hive.hive;
  await writer.write('test', (tx) => {
    const insert = tx.db.prepare(`INSERT INTO keys (principal, key, result, created_at) VALUES ('alice', ?, '1', 0)`);
    for (let count = 0; count < 6000; count++) insert.run(`key-${count}`);
  });
  const many = (): number => countRows(hive, 'keys')['keys'] ?? 0;
  const flood = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 8 }, (_, index) => writer.write(`sender ${index}`, () => index)));

  await flood();
  const retention = createTestRetention(hive, NOBODY_ELSE);
  const run = retention.run();
  for (let round = 0; round < 5; round++) {
    await clock.advance(45);
    await flood();
  }
  assert.equal(many(), 6000, 'silent');
  const sizes = new Set<number>();
  clock.jump(50);
  await clock.advance(0);
  while (many() > 4500) {
    await new Promise((resolve) => setImmediate(resolve));
    sizes.add(many());
  }
  assert.ok(
    [...sizes].every((size) => size % 500 === 0),
    'in chunks of 500',
  );
  const stopping = retention[Symbol.asyncDispose]();
  await clock.advance(50);
  await stopping;
  await run;
  const stopped = many();
  assert.ok(stopped > 3000 && stopped <= 4500, `${stopped}`);

  const prepare = db.prepare.bind(db);
  db.prepare = (text: string) => {
    if (text.startsWith('DELETE FROM keys')) throw new Error('the disk is gone');
    return prepare(text);
  };
  await assert.rejects(forget(hive, NOBODY_ELSE), /the disk is gone/);
  db.prepare = prepare;
  assert.equal(many(), stopped, 'nothing of a chunk that failed');
  await forget(hive, NOBODY_ELSE);
  assert.equal(many(), 0);
});

test('it runs by itself once an hour and logs what went', async (t) => {
  await using hive = await openTestBroker(['alice']);
  await hive.hive.writer.write('test', (tx) =>
    tx.db.prepare(`INSERT INTO keys (principal, key, result, created_at) VALUES ('alice', 'k', '1', 0)`).run(),
  );
  const logged: unknown[] = [];
  hive.hive.log.info = (...args) => void logged.push(args);
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 5, 12, 22) });
  await using retention = createTestRetention(hive);
  retention.start();
  t.mock.timers.tick(59_000);
  for (let round = 0; round < 30; round++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(countRows(hive, 'keys')['keys'], 1);
  t.mock.timers.tick(1000);
  for (let round = 0; round < 60; round++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(countRows(hive, 'keys')['keys'], 0);
  assert.deepEqual(logged, [[{ removed: { keys: 1 } }, 'removed what is old']]);
});
