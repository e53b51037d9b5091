import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findMessage } from '#src/daemon/broker/stores/message-store.ts';
import { report, to } from '../../../support/broker.ts';
import { breaking, loopUntilHeld, turn, waiting } from '../../../support/loop-breaker.ts';

describe('loop breaker', () => {
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
    const answer = await hive.broker.answer('bob', { id: before.id, text: 'late' });
    assert.equal(answer.accepted, true);
    assert.match(answer.note ?? '', /^held back for alice/);
    assert.deepEqual(await waiting(hive, 'alice'), []);
    await hive.broker.releasePair(1);
    assert.deepEqual((await waiting(hive, 'alice')).slice(-2), ['now?', 'late']);
  });

  test('two that only ask and answer each other are parked as well, in turns and outside of them', async () => {
    await using hive = await breaking({ depth: 3 });
    const [alice, bob] = [await hive.connect('alice'), await hive.connect('bob')];
    await hive.broker.send('operator', to('alice', 'begin'));
    const asked: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      const asking = await hive.next(alice);
      const question = { to: 'bob', question: `${round}?`, multi: false, turn: asking.turn };
      const ask = await hive.broker.ask('alice', question);
      asked.push(ask.note !== null);
      await hive.broker.turnEnd(alice, report(asking.turn, 'ok', [asking.deliveries[0]?.delivery ?? 0]));
      if (ask.note !== null) break;
      const answering = await hive.next(bob);
      await hive.broker.answer('bob', { id: ask.id, text: 'yes', turn: answering.turn });
      await hive.broker.turnEnd(bob, report(answering.turn, 'ok', [answering.deliveries[0]?.delivery ?? 0]));
    }
    assert.deepEqual(asked, [false, false, true]);
    await hive.broker.releasePair(1);
    const outside = await hive.broker.ask('bob', { to: 'alice', question: 'outside?', multi: false });
    await hive.broker.answer('alice', { id: outside.id, text: 'yes' });
    const depths = hive.broker
      .messages({ max: 2 })
      .messages.map(({ id }) => hive.hive.writer.read((db) => findMessage(db, id)?.depth));
    assert.deepEqual(depths, [1, 0]);
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

  test('calls that are repeated or refused do not count for the pair', async () => {
    await using hive = await breaking({ messages: 3, window_seconds: 1000 });
    const call = { ...to('bob', 'once'), key: 'key-00001' };
    for (let n = 0; n < 10; n++) await hive.broker.send('alice', call);
    for (let n = 0; n < 10; n++) await assert.rejects(hive.broker.send('alice', { ...to('bob', 'late'), turn: 99 }));
    for (const parked of [false, false, true])
      assert.equal((await hive.broker.send('bob', to('alice', 'on'))).parked, parked);
  });

  test('a slow exchange goes on for ever', async () => {
    await using hive = await breaking({ messages: 5, window_seconds: 10 });
    for (let n = 0; n < 60; n++) {
      assert.equal((await hive.broker.send('alice', to('bob', `${n}`))).parked, false);
      await hive.hive.clock.advance(2000);
    }
  });

  test('S25: a message that is passed around among three agents stops where its chain grew too long', async () => {
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
