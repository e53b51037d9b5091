import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';

test('what was presented is acked when its turn ends ok', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const waiting = hive.next(session);
  await hive.broker.send('alice', to('bob', 'hello'));
  const turn = await waiting;
  assert.equal(turn.deliveries[0]?.body, 'hello');
  const [delivery] = turn.deliveries.map((row) => row.delivery);
  const end = await hive.broker.turnEnd(session, report(turn.turn, 'ok', [delivery ?? 0]));
  assert.deepEqual(end, { acked: [delivery], requeued: [] });
});
