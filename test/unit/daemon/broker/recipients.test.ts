import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openTestBroker, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

/** A hive in which alice may write to bob only; zoe manages. */
async function restricted(): Promise<TestBroker> {
  const hive = await openTestBroker(['alice', 'bob', 'mallory', 'zoe']);
  await hive.hive.writer.write('test', (tx) => {
    const set = tx.db.prepare('UPDATE agents SET config = ? WHERE name = ?');
    set.run(JSON.stringify({ recipients: ['bob'] }), 'alice');
    set.run(JSON.stringify({ manager: true }), 'zoe');
  });
  return hive;
}

describe('recipients of an agent', () => {
  test('whoever is not on its list gets nothing from it; manager and operator always do', async () => {
    await using hive = await restricted();
    const { broker } = hive;
    const refusal = {
      code: 'forbidden',
      message: 'alice may write to bob, zoe, operator only: ask one of them to tell mallory',
    };
    await assert.rejects(broker.send('alice', to('mallory', 'psst')), refusal);
    await assert.rejects(broker.ask('alice', { to: 'mallory', question: 'psst?', multi: false }), refusal);
    for (const name of ['bob', 'zoe', 'manager', 'operator']) await broker.send('alice', to(name, 'hi'));
    await broker.ask('alice', { to: 'bob', question: 'and?', multi: false });
    assert.deepEqual((await broker.recv('mallory', { max: 9 }, new AbortController().signal)).messages, []);
  });

  test('nobody writes to itself, not even the manager by its role', async () => {
    await using hive = await restricted();
    for (const name of ['zoe', 'manager'])
      await assert.rejects(hive.broker.send('zoe', to(name, 'round and round')), {
        code: 'invalid',
        message: 'zoe cannot send to itself: set a reminder instead',
      });
  });

  test('a broadcast reaches those on the list and the manager', async () => {
    await using hive = await restricted();
    assert.deepEqual((await hive.broker.send('alice', to('*', 'all'))).recipients, ['bob', 'zoe']);
    assert.deepEqual((await hive.broker.send('bob', to('*', 'all'))).recipients, ['alice', 'mallory', 'zoe']);
  });

  test('who writes to it opens no way back by a reply, who asks it gets the answer', async () => {
    await using hive = await restricted();
    const { broker } = hive;
    const { id } = await broker.send('mallory', to('alice', 'talk to me'));
    await assert.rejects(broker.send('alice', { ...to('mallory', 'fine'), in_reply_to: id }), { code: 'forbidden' });
    const ask = await broker.ask('mallory', { to: 'alice', question: 'well?', multi: false });
    assert.equal((await broker.answer('alice', { id: ask.id, text: 'no' })).accepted, true);
    const { messages } = await broker.recv('mallory', { max: 9 }, new AbortController().signal);
    assert.deepEqual(
      messages.map((message) => message.body),
      ['no'],
    );
  });

  test('an empty list leaves manager and operator', async () => {
    await using hive = await restricted();
    await hive.hive.writer.write('test', (tx) =>
      tx.db.prepare(`UPDATE agents SET config = '{"recipients":[]}' WHERE name = 'alice'`).run(),
    );
    await assert.rejects(hive.broker.send('alice', to('bob', 'hi')), { message: /write to zoe, operator only/ });
    await hive.broker.send('alice', to('manager', 'hi'));
  });
});
