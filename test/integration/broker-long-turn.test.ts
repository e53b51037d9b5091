import assert from 'node:assert/strict';
import test from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { openBrokerSockets } from '../support/broker-sockets.ts';
import { openTestBroker, to } from '../support/broker.ts';

const NONCE = '1'.repeat(64);
const MANY = 300;

test('a turn that took hundreds of messages is reported in one call, and all of them are acked', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  await hive.broker.openSession('bob', NONCE);
  await Promise.all(Array.from({ length: MANY }, (_, index) => hive.broker.send('alice', to('bob', `${index}`))));
  await using harness = await sockets.agent('bob', NONCE);
  const { turn, deliveries } = await harness.call(methods.next, { max: 32 });
  const presented = deliveries.map(({ delivery }) => delivery);
  while (presented.length < MANY) {
    const { messages } = await harness.call(methods.recv, { turn, max: 32 });
    presented.push(...messages.map(({ delivery }) => delivery));
  }
  assert.deepEqual(await harness.call(methods.turnEnd, { turn, outcome: 'ok', presented }), {
    acked: presented,
    requeued: [],
  });
});
