import assert from 'node:assert/strict';
import test from 'node:test';
import { openSocket } from '#src/protocol/connect.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { openBrokerSockets } from '../support/broker-sockets.ts';
import { openTestBroker, to } from '../support/broker.ts';
import type { TestBroker } from '../support/broker.ts';
import { waitUntil } from '../support/wait.ts';

const FIRST = '1'.repeat(64);
const SECOND = '2'.repeat(64);

/** Lets a session be given up while it holds a message; answers its connection and what it holds. */
async function loseTurn(hive: TestBroker, sockets: Awaited<ReturnType<typeof openBrokerSockets>>) {
  const session = await hive.broker.openSession('bob', FIRST);
  const frozen = await sockets.agent('bob', FIRST);
  await hive.broker.send('alice', to('bob', 'work'));
  const { turn, deliveries } = await frozen.call(methods.next, {});
  await frozen.call(methods.turnActivity, { turn, phase: 'model' });
  await hive.hive.clock.advance(300_000);
  await waitUntil('the session is given up', () => hive.asked.lost[0]);
  const end = { turn, outcome: 'ok' as const, presented: deliveries.map((row) => row.delivery) };
  return { session, frozen, end };
}

const state = (hive: TestBroker): string | undefined =>
  hive.broker.messages({ max: 1 }).messages[0]?.deliveries[0]?.state;

test('F27: a harness that thaws after its session was given up may say how its turn ended, and nothing else', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  const { frozen, end } = await loseTurn(hive, sockets);
  await using _ = frozen;
  const refused = { code: 'unavailable', message: /being replaced/ };
  await assert.rejects(frozen.call(methods.send, { to: 'alice', body: 'done' }), refused);
  await assert.rejects(frozen.call(methods.presented, { turn: end.turn, deliveries: end.presented }), refused);
  await assert.rejects(frozen.call(methods.turnActivity, { turn: end.turn, phase: 'model' }), refused);
  await assert.rejects(frozen.call(methods.next, {}), refused);
  for (const service of ['forge', 'model', 'egress'] as const)
    await assert.rejects(openSocket(sockets.door('bob'), { service }), refused, `nothing leaves by ${service}`);
  await using shell = await sockets.agent('bob');
  await assert.rejects(shell.call(methods.turnEnd, end), { code: 'forbidden' }, 'only the harness itself');
  assert.deepEqual((await frozen.call(methods.turnEnd, end)).acked, end.presented);
  assert.equal(state(hive), 'acked');
});

test('F27: the late end counts for nothing once its messages were leased again', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  const { session, frozen, end } = await loseTurn(hive, sockets);
  await using _ = frozen;
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  await hive.broker.openSession('bob', SECOND);
  await using healthy = await sockets.agent('bob', SECOND);
  const again = healthy.call(methods.next, {});
  await hive.hive.clock.advance(5000);
  const { turn } = await again;
  assert.deepEqual((await frozen.call(methods.turnEnd, end)).acked, []);
  assert.equal(state(hive), 'leased');
  const ended = await healthy.call(methods.turnEnd, { ...end, turn });
  assert.deepEqual(ended.acked, end.presented);
});
