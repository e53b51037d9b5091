import assert from 'node:assert/strict';
import test from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { openBrokerSockets } from '../support/broker-sockets.ts';
import { openTestBroker, to } from '../support/broker.ts';
import type { TestBroker } from '../support/broker.ts';
import { waitUntil } from '../support/wait.ts';

const FIRST = '1'.repeat(64);
const SECOND = '2'.repeat(64);

/** What everybody is shown of the only message. */
function shown(hive: TestBroker): { state: string | undefined; presented: boolean | undefined } {
  const delivery = hive.broker.messages({ max: 1 }).messages[0]?.deliveries[0];
  return { state: delivery?.state, presented: delivery?.presented };
}

/** Moves the clock on until the broker asks for the session to be replaced. */
async function untilLost(hive: TestBroker, ms: number): Promise<string> {
  await hive.hive.clock.advance(ms - 1);
  assert.deepEqual(hive.asked.lost, []);
  await hive.hive.clock.advance(1);
  const lost = await waitUntil('the session is given up', () => hive.asked.lost[0]);
  return lost.reason;
}

test('F8: a loop that hangs after it took a message, while its connection lives, has handled nothing', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  const session = await hive.broker.openSession('bob', FIRST);
  await using hung = await sockets.agent('bob', FIRST);
  await hive.broker.send('alice', to('bob', 'container rebuilt'));
  const { turn, deliveries } = await hung.call(methods.next, {});
  await hung.call(methods.turnActivity, { turn, phase: 'model' });
  await hung.call(methods.presented, { turn, deliveries: deliveries.map((row) => row.delivery) });

  assert.match(
    await untilLost(hive, 300_000),
    /silent for 300 s in its phase "model"; 1 delivered, not acked for 300 s$/,
  );
  assert.deepEqual(shown(hive), { state: 'leased', presented: true });
  await assert.rejects(hung.call(methods.turnActivity, { turn, phase: 'model' }), { code: 'unavailable' });

  await hive.broker.fence(session);
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  assert.equal(shown(hive).state, 'queued');
  await hive.broker.openSession('bob', SECOND);
  await using healthy = await sockets.agent('bob', SECOND);
  const next = healthy.call(methods.next, {});
  await hive.hive.clock.advance(5000);
  const again = await next;
  assert.deepEqual(
    again.deliveries.map((row) => [row.body, row.redelivered]),
    [['container rebuilt', 1]],
  );
  const presented = again.deliveries.map((row) => row.delivery);
  await healthy.call(methods.turnEnd, { turn: again.turn, outcome: 'ok', presented });
  assert.equal(shown(hive).state, 'acked');
});

test('F8: a loop that hangs before it asks for a message, while its connection lives, is replaced', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  const session = await hive.broker.openSession('bob', FIRST);
  await using hung = await sockets.agent('bob', FIRST);
  await hive.broker.send('alice', to('bob', 'container rebuilt'));
  assert.match(await untilLost(hive, 60_000), /did not ask for a turn within 60 s/);
  assert.deepEqual(shown(hive), { state: 'queued', presented: false });
  await assert.rejects(hung.call(methods.next, {}), { code: 'unavailable' });
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  await hive.broker.openSession('bob', SECOND);
  await using healthy = await sockets.agent('bob', SECOND);
  const [delivery] = (await healthy.call(methods.next, {})).deliveries;
  assert.deepEqual([delivery?.body, delivery?.redelivered], ['container rebuilt', 0]);
});

test('F8: a harness that took a message and shows no life within 10 s is replaced', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using sockets = await openBrokerSockets(hive, ['bob']);
  await hive.broker.openSession('bob', FIRST);
  await using hung = await sockets.agent('bob', FIRST);
  await hive.broker.send('alice', to('bob', 'container rebuilt'));
  await hung.call(methods.next, {});
  assert.match(await untilLost(hive, 10_000), /did not start within 10 s; 1 delivered, not acked for 10 s$/);
});
