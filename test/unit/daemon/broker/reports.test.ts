import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { atTheLimit, breaking } from '../../../support/loop-breaker.ts';

/** What waits for the operator: the messages that reports tell of, and the words of all else. */
async function unread(hive: TestBroker): Promise<(number | string | null)[]> {
  const { messages } = await hive.broker.inbox({ peek: true, max: 99 });
  return messages.map(({ kind, body, in_reply_to }) => (kind === 'system' ? in_reply_to : body));
}

/** Lets an agent's next turn fail. */
async function fail(hive: TestBroker, agent: string): Promise<void> {
  const session = await hive.connect(agent);
  const { turn, deliveries } = await hive.next(session);
  await hive.broker.turnEnd(session, { ...report(turn, 'failed', [deliveries[0]?.delivery ?? 0]), error: 'exit 1' });
}

describe('what the operator is told of trouble', () => {
  test('a report names the dead letter it tells of, and is read once that was dismissed or retried', async () => {
    await using hive = await openTestBroker(['alice', 'bob'], { settings: { attempts: 1, backOff: [1000] } });
    await hive.broker.send('alice', to('operator', 'hello'));
    const one = await hive.broker.send('operator', to('alice', 'one'));
    const two = await hive.broker.send('operator', to('bob', 'two'));
    await fail(hive, 'alice');
    await fail(hive, 'bob');
    assert.deepEqual(await unread(hive), ['hello', one.id, two.id]);
    await hive.broker.deadDismiss({ agent: 'alice' });
    assert.deepEqual(await unread(hive), ['hello', two.id]);
    await hive.broker.deadRetry({ agent: 'bob' });
    assert.deepEqual(await unread(hive), ['hello']);
  });

  test('reports of a broadcast stay until nobody has a dead letter of it', async () => {
    await using hive = await openTestBroker(['alice', 'bob'], { settings: { attempts: 1, backOff: [1000] } });
    const { id } = await hive.broker.send('operator', to('*', 'all'));
    await fail(hive, 'alice');
    await fail(hive, 'bob');
    assert.deepEqual(await unread(hive), [id, id]);
    await hive.broker.deadDismiss({ agent: 'alice' });
    assert.deepEqual(await unread(hive), [id, id]);
    await hive.broker.deadDismiss({ agent: 'bob' });
    assert.deepEqual(await unread(hive), []);
  });

  test('a report of a parked pair names the message that parked it, and is read once the pair was released', async () => {
    await using hive = await breaking({ depth: 2 });
    const running = await atTheLimit(hive);
    await hive.broker.send('bob', to('operator', 'hello'));
    const deep = await hive.broker.send('bob', { ...to('alice', 'deep'), turn: running.turn });
    assert.deepEqual(await unread(hive), ['hello', deep.id]);
    assert.equal(hive.broker.parkedPairs(9)[0]?.chain.at(-1)?.id, deep.id);
    await hive.broker.releasePair(1);
    assert.deepEqual(await unread(hive), ['hello']);
  });

  test('two that are parked for more than before are told of once', async () => {
    await using hive = await breaking({ depth: 2, messages: 4, window_seconds: 1000 });
    const running = await atTheLimit(hive);
    const deep = await hive.broker.send('bob', { ...to('zoe', 'deep'), turn: running.turn });
    await running.end();
    assert.deepEqual(await unread(hive), [deep.id]);
    const said = [];
    for (const body of ['1', '2', '3', '4']) said.push(await hive.broker.send('zoe', to('bob', body)));
    assert.deepEqual(await unread(hive), [said.find(({ parked }) => parked)?.id]);
  });
});
