import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { guards } from '#src/daemon/config.ts';
import type { Broker } from '#src/daemon/broker/index.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

type Sent = Awaited<ReturnType<Broker['send']>>;

/** A broker whose loop breaker has these limits; nothing else is limited. */
function breaking(loop: { depth?: number; messages?: number; window_seconds?: number }): Promise<TestBroker> {
  const many = { burst: 10_000, per_minute: 10_000 };
  const limits = guards.parse({ messages: many, bytes: { burst: 1e9 }, broadcasts: many, loop });
  return openTestBroker(['alice', 'bob', 'zoe'], { settings: { guards: limits } });
}

/** What waits for somebody, without taking it. */
async function waiting(hive: TestBroker, agent: string): Promise<string[]> {
  const answer = await hive.broker.recv(agent, { max: 32 }, new AbortController().signal);
  return answer.messages.map((message) => message.body);
}

/** One turn of an agent that takes what waits and then says something; answers what became of it. */
async function turn(
  hive: TestBroker,
  session: number,
  said: { from: string; to: string; body: string },
): Promise<Sent> {
  const { turn: id, deliveries } = await hive.next(session, 32);
  const sent = await hive.broker.send(said.from, { ...to(said.to, said.body), turn: id });
  const presented = deliveries.map((row) => row.delivery);
  await hive.broker.turnEnd(session, report(id, 'ok', presented));
  return sent;
}

/** Alice and bob answer each other in turns until a message of theirs is held; answers how many were said. */
async function loopUntilHeld(hive: TestBroker, sessions: { alice: number; bob: number }): Promise<number> {
  await hive.broker.send('operator', to('alice', 'begin'));
  for (let said = 1; said < 100; said++) {
    const [from, other] = said % 2 === 1 ? (['alice', 'bob'] as const) : (['bob', 'alice'] as const);
    const sent = await turn(hive, sessions[from], { from, to: other, body: `reply ${said}` });
    if (sent.parked) return said;
  }
  return Infinity;
}

suite('loop breaker', () => {
  test('two that answer each other are parked at the configured depth, and the operator is told once with the chain', async () => {
    await using hive = await breaking({ depth: 4 });
    const sessions = { alice: await hive.connect('alice'), bob: await hive.connect('bob') };
    assert.equal(await loopUntilHeld(hive, sessions), 6);
    const held = await hive.broker.send('alice', to('bob', 'me too'));
    assert.equal(held.parked, true);
    assert.match(held.note ?? '', /^held back for bob: .*do not send it again/);
    assert.deepEqual([await waiting(hive, 'alice'), await waiting(hive, 'bob')], [[], []]);

    const { messages } = await hive.broker.inbox({ peek: true, max: 9 });
    assert.equal(messages.length, 1);
    assert.match(
      messages[0]?.body ?? '',
      /^bob and alice are parked: the chain of replies .* is 5 long, 4 are allowed/,
    );
    assert.match(
      messages[0]?.body ?? '',
      /2 alice → bob: reply 1\n.*reply 2\n.*\n.*\n.*\n.*bob → alice: reply 6\n.*hive parked release 1$/s,
    );
    const [pair] = hive.broker.parkedPairs(9);
    assert.deepEqual([pair?.parties, pair?.held], [['alice', 'bob'], 2]);
    assert.deepEqual(
      pair?.chain.map((message) => message.excerpt),
      ['reply 1', 'reply 2', 'reply 3', 'reply 4', 'reply 5', 'reply 6'],
    );
  });

  test('a third one notices nothing, and both still reach the operator and others', async () => {
    await using hive = await breaking({ depth: 3 });
    const sessions = { alice: await hive.connect('alice'), bob: await hive.connect('bob') };
    await loopUntilHeld(hive, sessions);
    assert.equal((await hive.broker.send('zoe', to('alice', 'hello'))).parked, false);
    assert.equal((await hive.broker.send('alice', to('zoe', 'hello'))).parked, false);
    assert.equal((await hive.broker.send('bob', to('operator', 'help'))).parked, false);
    const broadcast = await hive.broker.send('alice', to('*', 'everybody'));
    assert.deepEqual([broadcast.parked, broadcast.recipients], [true, ['bob', 'zoe']]);
    assert.deepEqual(await waiting(hive, 'alice'), ['hello']);
    assert.deepEqual(await waiting(hive, 'zoe'), ['hello', 'everybody']);
    assert.deepEqual(await waiting(hive, 'bob'), []);
    assert.equal(hive.broker.parkedPairs(9).length, 1);
  });

  test('asks and answers between the two are held as well', async () => {
    await using hive = await breaking({ depth: 3 });
    const sessions = { alice: await hive.connect('alice'), bob: await hive.connect('bob') };
    const before = await hive.broker.ask('alice', { to: 'bob', question: 'early?', multi: false });
    await hive.next(sessions.bob);
    await hive.broker.turnEnd(sessions.bob, report(1, 'ok', [1]));
    await loopUntilHeld(hive, sessions);
    const ask = await hive.broker.ask('bob', { to: 'alice', question: 'now?', multi: false });
    assert.match(ask.note ?? '', /^held back for alice/);
    assert.equal((await hive.broker.answer('bob', { id: before.id, text: 'late' })).accepted, true);
    assert.deepEqual(await waiting(hive, 'alice'), []);
    await hive.broker.releasePair(1);
    assert.deepEqual((await waiting(hive, 'alice')).slice(-2), ['now?', 'late']);
  });

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

  test('a release while a turn runs that took the last message lets that turn speak', async () => {
    await using hive = await breaking({ depth: 2 });
    const [alice, bob] = [await hive.connect('alice'), await hive.connect('bob')];
    await hive.broker.send('operator', to('alice', 'begin'));
    await turn(hive, alice, { from: 'alice', to: 'bob', body: '1' });
    await turn(hive, bob, { from: 'bob', to: 'alice', body: '2' });
    await turn(hive, alice, { from: 'alice', to: 'bob', body: '3' });
    const running = await hive.next(bob);
    assert.equal((await hive.broker.send('bob', { ...to('alice', '4'), turn: running.turn })).parked, true);
    await hive.broker.releasePair(1);
    assert.equal((await hive.broker.send('bob', { ...to('alice', '5'), turn: running.turn })).parked, false);
  });

  test('people and the forge begin a chain anew; reminders and notices of the hive do not', async () => {
    await using hive = await breaking({ depth: 3 });
    const sessions = { alice: await hive.connect('alice'), bob: await hive.connect('bob') };
    const said = async (from: 'alice' | 'bob', body: string): Promise<boolean> =>
      (await turn(hive, sessions[from], { from, to: from === 'alice' ? 'bob' : 'alice', body })).parked;
    const forge = () => hive.broker.notify({ to: 'bob', kind: 'forge', body: 'pushed', wakes: true });
    const reminder = () => hive.broker.notify({ to: 'bob', kind: 'reminder', body: 'look', wakes: true });
    await hive.broker.send('operator', to('alice', 'begin'));
    for (const from of ['alice', 'bob', 'alice'] as const) assert.equal(await said(from, 'first'), false);
    await forge();
    for (const from of ['bob', 'alice', 'bob', 'alice'] as const) assert.equal(await said(from, 'second'), false);
    await reminder();
    assert.equal(await said('bob', 'third'), true);
  });

  test('outside a turn a reply is one deeper than what it replies to', async () => {
    await using hive = await breaking({ depth: 2 });
    let last = await hive.broker.send('alice', to('bob', '0'));
    for (const [from, other, parked] of [
      ['bob', 'alice', false],
      ['alice', 'bob', false],
      ['bob', 'alice', true],
    ] as const) {
      last = await hive.broker.send(from, { ...to(other, 'on'), in_reply_to: last.id });
      assert.equal(last.parked, parked);
    }
    assert.deepEqual(
      hive.broker.parkedPairs(9)[0]?.chain.map((message) => message.id),
      [1, 2, 3, 4],
    );
    await hive.broker.releasePair(1);
    assert.equal((await hive.broker.send('alice', { ...to('bob', 'on'), in_reply_to: last.id })).parked, false);
  });

  test('a pair that says too much too fast is parked, within one commit too; who only listens is not', async () => {
    await using hive = await breaking({ messages: 10, window_seconds: 10 });
    const many = Array.from({ length: 14 }, (_, n) => {
      const [from, other] = n % 2 === 0 ? ['alice', 'bob'] : ['bob', 'alice'];
      return hive.broker.send(from ?? '', to(other ?? '', `${n}`));
    });
    const parked = (await Promise.all(many)).filter((sent) => sent.parked);
    assert.equal(parked.length, 4);
    const [pair] = hive.broker.parkedPairs(9);
    assert.equal(pair?.reason, 'they said more than 10 messages to each other within 10 s');
    assert.deepEqual([pair?.held, pair?.chain.length], [4, 10]);
    assert.equal((await hive.broker.inbox({ peek: true, max: 9 })).messages.length, 1);
    await hive.broker.releasePair(1);
    assert.equal((await hive.broker.send('alice', to('bob', 'once more'))).parked, false);
  });

  test('a slow exchange goes on for ever', async () => {
    await using hive = await breaking({ messages: 5, window_seconds: 10 });
    for (let n = 0; n < 60; n++) {
      assert.equal((await hive.broker.send('alice', to('bob', `${n}`))).parked, false);
      await hive.hive.clock.advance(2000);
    }
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

  test('a chain that goes around among three is parked where it grew too long', async () => {
    await using hive = await breaking({ depth: 4 });
    const sessions = {
      alice: await hive.connect('alice'),
      bob: await hive.connect('bob'),
      zoe: await hive.connect('zoe'),
    };
    await hive.broker.send('operator', to('alice', 'begin'));
    const round = ['alice', 'bob', 'zoe'] as const;
    const parked: boolean[] = [];
    for (let n = 0; n < 6; n++) {
      const [from, other] = [round[n % 3] ?? 'alice', round[(n + 1) % 3] ?? 'alice'];
      parked.push((await turn(hive, sessions[from], { from, to: other, body: `${n}` })).parked);
    }
    assert.deepEqual(parked, [false, false, false, false, false, true]);
    assert.deepEqual(
      hive.broker.parkedPairs(9)[0]?.chain.map(({ from }) => from),
      ['alice', 'bob', 'zoe', 'alice', 'bob', 'zoe'],
    );
  });
});
