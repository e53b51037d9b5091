import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import { atTheLimit, breaking, loopUntilHeld, turn, waiting } from '../../../support/loop-breaker.ts';

describe('parked pairs', () => {
  test('what is released comes in order, the chain begins anew, and a second release finds nothing', async () => {
    await using hive = await breaking({ depth: 3 });
    const sessions = { alice: await hive.connect('alice'), bob: await hive.connect('bob') };
    const said = await loopUntilHeld(hive, sessions);
    await hive.broker.send('alice', to('bob', 'a'));
    await hive.broker.send('bob', to('alice', 'b'));
    await hive.broker.send('bob', to('alice', 'c'));
    assert.deepEqual(await hive.broker.releasePair(1), { released: 4 });
    assert.deepEqual(await waiting(hive, 'bob'), [`reply ${said}`, 'a']);
    assert.deepEqual(await waiting(hive, 'alice'), ['b', 'c']);
    assert.deepEqual(hive.broker.parkedPairs(9), []);
    await assert.rejects(hive.broker.releasePair(1), { code: 'not_found', message: /hive parked list/ });
    for (const [from, other] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
      ['alice', 'bob'],
    ] as const)
      assert.equal((await turn(hive, sessions[from], { from, to: other, body: 'on' })).parked, false);
    assert.equal((await turn(hive, sessions.bob, { from: 'bob', to: 'alice', body: 'on' })).parked, true);
    assert.equal(hive.broker.parkedPairs(9)[0]?.id, 2);
  });

  test('two releases at the same time share what is held, and neither fails', async () => {
    await using hive = await breaking({ depth: 1 });
    const { id } = await hive.broker.send('alice', to('bob', 'first'));
    const reply = await hive.broker.send('bob', { ...to('alice', 'second'), in_reply_to: id });
    await hive.broker.send('alice', { ...to('bob', 'third'), in_reply_to: reply.id });
    await Promise.all(Array.from({ length: 999 }, (_, n) => hive.broker.send('alice', to('bob', `${n}`))));
    const released = await Promise.all([hive.broker.releasePair(1), hive.broker.releasePair(1)]);
    assert.equal(released[0].released + released[1].released, 1000);
  });

  test('a release while a turn runs that took the last message lets that turn speak', async () => {
    await using hive = await breaking({ depth: 2 });
    const running = await atTheLimit(hive);
    assert.equal((await hive.broker.send('bob', { ...to('alice', '4'), turn: running.turn })).parked, true);
    await hive.broker.releasePair(1);
    assert.equal((await hive.broker.send('bob', { ...to('alice', '5'), turn: running.turn })).parked, false);
  });

  test('a release wakes who waits for mail', async () => {
    await using hive = await breaking({ depth: 1 });
    const { id } = await hive.broker.send('alice', to('bob', '0'));
    const reply = await hive.broker.send('bob', { ...to('alice', '1'), in_reply_to: id });
    await hive.broker.send('alice', { ...to('bob', '2'), in_reply_to: reply.id });
    const bob = await hive.connect('bob');
    const first = await hive.next(bob);
    await hive.broker.turnEnd(bob, report(first.turn, 'ok', [first.deliveries[0]?.delivery ?? 0]));
    const second = hive.next(bob);
    await hive.hive.clock.advance(0);
    await hive.broker.releasePair(1);
    assert.deepEqual(
      (await second).deliveries.map(({ body }) => body),
      ['2'],
    );
  });

  test('a parked pair outlives a restart, and only it is parked then', async () => {
    const first = await breaking({ depth: 1 });
    const { id } = await first.broker.send('alice', to('bob', '0'));
    const second = await first.broker.send('bob', { ...to('alice', '1'), in_reply_to: id });
    await first.broker.send('alice', { ...to('bob', '2'), in_reply_to: second.id });
    await first.broker[Symbol.asyncDispose]();
    await using again = await openTestBroker(['alice', 'bob'], { hive: first.hive });
    assert.equal((await again.broker.send('bob', to('alice', '3'))).parked, true);
    assert.equal((await again.broker.send('bob', to('zoe', '4'))).parked, false);
    assert.deepEqual(await again.broker.releasePair(1), { released: 2 });
  });

  test('thousands of held messages are released in order', async () => {
    await using hive = await breaking({ depth: 1 });
    const { id } = await hive.broker.send('alice', to('bob', 'first'));
    const reply = await hive.broker.send('bob', { ...to('alice', 'second'), in_reply_to: id });
    await hive.broker.send('alice', { ...to('bob', 'third'), in_reply_to: reply.id });
    const many = Array.from({ length: 1200 }, (_, n) => hive.broker.send('alice', to('bob', `${n}`)));
    await Promise.all(many);
    assert.equal(hive.broker.parkedPairs(9)[0]?.held, 1000);
    assert.deepEqual(await hive.broker.releasePair(1), { released: 1201 });
    assert.deepEqual((await waiting(hive, 'bob')).slice(0, 4), ['first', 'third', '0', '1']);
  });

  test('what is held for an agent that is removed becomes dead letters; what it said to others waits for the operator', async () => {
    await using hive = await breaking({ depth: 1 });
    const { id } = await hive.broker.send('alice', to('bob', 'zero'));
    const reply = await hive.broker.send('bob', { ...to('alice', 'one'), in_reply_to: id });
    await hive.broker.send('alice', { ...to('bob', 'for bob'), in_reply_to: reply.id });
    await hive.broker.send('bob', to('alice', 'from bob'));
    await hive.hive.writer.write('test', (tx) =>
      tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'bob'`).run(),
    );
    await hive.broker.agentRemoved('bob');
    assert.deepEqual(
      hive.broker.deadList({ max: 9 }).dead.map((dead) => dead.excerpt),
      ['for bob', 'zero'],
    );
    assert.equal(hive.broker.parkedPairs(9)[0]?.held, 1);
    await hive.broker.releasePair(1);
    assert.ok((await waiting(hive, 'alice')).includes('from bob'));
    assert.deepEqual(hive.broker.parkedPairs(9), []);
  });

  test('a pair that holds nothing ends with its agent', async () => {
    await using hive = await breaking({ depth: 1 });
    const { id } = await hive.broker.send('alice', to('bob', 'zero'));
    const reply = await hive.broker.send('bob', { ...to('alice', 'one'), in_reply_to: id });
    await hive.broker.send('alice', { ...to('bob', 'two'), in_reply_to: reply.id });
    await hive.hive.writer.write('test', (tx) =>
      tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'bob'`).run(),
    );
    await hive.broker.agentRemoved('bob');
    assert.deepEqual(hive.broker.parkedPairs(9), []);
  });
});
