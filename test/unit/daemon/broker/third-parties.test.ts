import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { atTheLimit, breaking, waiting } from '../../../support/loop-breaker.ts';

function parties(hive: TestBroker): string[] {
  return hive.broker.parkedPairs(9).map((pair) => pair.parties.join(' '));
}

describe('third parties of a loop', () => {
  test('a broadcast that is too deep parks its sender with whom it answers, and reaches everybody else', async () => {
    await using hive = await breaking({ depth: 2 });
    const running = await atTheLimit(hive);
    const sent = await hive.broker.send('bob', { ...to('*', 'all'), turn: running.turn });
    assert.deepEqual([sent.parked, sent.recipients], [true, ['alice', 'zoe']]);
    assert.match(sent.note ?? '', /^held back for alice: /);
    assert.deepEqual(parties(hive), ['alice bob']);
    assert.deepEqual(await waiting(hive, 'zoe'), ['all']);
    assert.deepEqual(await waiting(hive, 'alice'), []);
    assert.deepEqual(await hive.broker.releasePair(1), { released: 1 });
  });

  test('a message out of a chain that is too long is held for somebody else, who is parked with nobody otherwise', async () => {
    await using hive = await breaking({ depth: 2 });
    const running = await atTheLimit(hive);
    for (const body of ['deep', 'deep, too'])
      assert.equal((await hive.broker.send('bob', { ...to('zoe', body), turn: running.turn })).parked, true);
    const { messages } = await hive.broker.inbox({ peek: true, max: 9 });
    assert.equal(messages.length, 1);
    assert.match(
      messages[0]?.body ?? '',
      /^bob and zoe are parked: .*only what belongs to it is held\. All else .* 4 alice → bob: 3\n.*release 1$/s,
    );
    await running.end();
    assert.equal((await hive.broker.send('zoe', to('bob', 'hello'))).parked, false);
    assert.equal((await hive.broker.send('bob', to('zoe', 'hello'))).parked, false);
    assert.equal((await hive.broker.send('zoe', to('*', 'hello all'))).parked, false);
    assert.deepEqual(await waiting(hive, 'zoe'), ['hello']);
    assert.deepEqual(parties(hive), ['bob zoe']);
    assert.deepEqual(await hive.broker.releasePair(1), { released: 2 });
    assert.deepEqual(await waiting(hive, 'zoe'), ['deep', 'deep, too', 'hello']);
  });

  test('the pair that goes around is parked after it also wrote to somebody else', async () => {
    await using hive = await breaking({ depth: 2 });
    const running = await atTheLimit(hive);
    await hive.broker.send('bob', { ...to('zoe', 'help'), turn: running.turn });
    assert.equal((await hive.broker.send('bob', { ...to('alice', '4'), turn: running.turn })).parked, true);
    await running.end();
    assert.equal((await hive.broker.send('alice', to('bob', 'and?'))).parked, true);
    assert.deepEqual(parties(hive), ['alice bob', 'bob zoe']);
  });

  test('two of whom only a chain is held are parked as a whole once they answer each other too fast', async () => {
    await using hive = await breaking({ depth: 2, messages: 4, window_seconds: 1000 });
    const running = await atTheLimit(hive);
    await hive.broker.send('bob', { ...to('zoe', 'deep'), turn: running.turn });
    await running.end();
    const sent: boolean[] = [];
    for (let n = 0; n < 5; n++) sent.push((await hive.broker.send('zoe', to('bob', `${n}`))).parked);
    assert.deepEqual(sent, [false, false, false, true, true]);
    assert.deepEqual(parties(hive), ['bob zoe']);
    assert.match(hive.broker.parkedPairs(9)[0]?.reason ?? '', /more than 4 messages/);
    assert.deepEqual(await hive.broker.releasePair(1), { released: 3 });
  });
});
