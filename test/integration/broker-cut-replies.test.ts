import assert from 'node:assert/strict';
import test from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { openBrokerSockets } from '../support/broker-sockets.ts';
import { openTestBroker, to } from '../support/broker.ts';
import { waitUntil } from '../support/wait.ts';

const NONCE = '1'.repeat(64);

test('F6: a send whose reply was lost is one message when it is tried again with its key', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['alice']);
  await hive.broker.openSession('alice', NONCE);
  const input = { to: 'bob', body: 'once', key: 'tool-call-1' };
  const cut = await sockets.agent('alice', NONCE);
  const lost = assert.rejects(cut.call(methods.send, input), { code: 'unavailable' });
  cut.close();
  await lost;
  await using again = await waitUntil('the broken connection is noticed', () =>
    sockets.agent('alice', NONCE).catch(() => undefined),
  );
  const { id } = await again.call(methods.send, input);
  assert.deepEqual(await again.call(methods.send, input), { id, recipients: ['bob'], parked: false, note: null });
  assert.equal(hive.broker.counts('bob').queued, 1);
});

test('F6: a `next` whose reply was lost is answered again with the same turn', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  await hive.broker.openSession('bob', NONCE);
  const cut = await sockets.agent('bob', NONCE);
  const lost = assert.rejects(cut.call(methods.next, {}), { code: 'unavailable' });
  await cut.call(methods.recv, {});
  const leased = hive.broker.send('alice', to('bob', 'work'));
  cut.close();
  await Promise.all([lost, leased]);
  await using again = await waitUntil('the broken connection is noticed', () =>
    sockets.agent('bob', NONCE).catch(() => undefined),
  );
  const turn = await again.call(methods.next, {});
  assert.deepEqual(
    turn.deliveries.map((row) => [row.body, row.redelivered]),
    [['work', 0]],
  );
  assert.equal(hive.broker.turns('bob', 10).length, 1);
});

test('F26: a `recv` whose reply was cut acks nothing: what it took comes again after the turn', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  await hive.broker.openSession('bob', NONCE);
  await hive.broker.send('alice', to('bob', 'first'));
  await using harness = await sockets.agent('bob', NONCE);
  const { turn, deliveries } = await harness.call(methods.next, {});
  await hive.broker.send('alice', to('bob', 'second'));
  const tool = await sockets.agent('bob');
  const cut = tool.call(methods.recv, { turn, max: 32 }).catch(() => 'cut');
  tool.close();
  assert.equal(await cut, 'cut');
  await waitUntil('the second message is leased', () => hive.broker.counts('bob').leased === 2);
  const presented = deliveries.map((row) => row.delivery);
  const end = await harness.call(methods.turnEnd, { turn, outcome: 'ok', presented });
  assert.deepEqual([end.acked.length, end.requeued.length], [1, 1]);
  assert.equal((await harness.call(methods.next, {})).deliveries[0]?.body, 'second');
});

test('a call that waits takes nothing any more once its connection is gone', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  const session = await hive.broker.openSession('bob', NONCE);
  const gone = await sockets.agent('bob', NONCE);
  const lost = assert.rejects(gone.call(methods.next, {}), { code: 'unavailable' });
  await gone.call(methods.recv, {});
  gone.close();
  await lost;
  await waitUntil('the broken connection is noticed', () => hive.broker.currentSession('bob')?.state !== 'live');
  await hive.broker.send('alice', to('bob', 'work'));
  assert.deepEqual(hive.broker.counts('bob'), { queued: 1, leased: 0, dead: 0, reminders: 0, turnsToday: 0 });
  assert.equal(hive.broker.currentSession('bob')?.id, session);
});
