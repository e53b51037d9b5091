import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guards } from '#src/daemon/config.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

/** A broker whose guards differ from the defaults in this. */
function limited(changes: Parameters<typeof guards.parse>[0], agents = ['alice', 'bob', 'zoe']): Promise<TestBroker> {
  return openTestBroker(agents, { settings: { guards: guards.parse(changes) } });
}

/** What became of many calls at once: `ok` or the code of the refusal. */
async function outcomes(calls: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as { code: string }).code));
}

describe('guards', () => {
  test('an agent sends its burst, then waits as long as the refusal says; others and the operator go on', async () => {
    await using hive = await limited({ messages: { burst: 3, per_minute: 30 } });
    for (const body of ['1', '2', '3']) await hive.broker.send('alice', to('bob', body));
    await assert.rejects(hive.broker.send('alice', to('bob', '4')), {
      code: 'limited',
      message:
        'alice may send 3 messages at once and then 30 a minute, and has used that up: try again in 2 s, and put what belongs together into one message',
    });
    await hive.broker.send('bob', to('alice', 'not me'));
    for (const body of 'abcdefgh') await hive.broker.send('operator', to('bob', body));
    await hive.hive.clock.advance(1999);
    await assert.rejects(hive.broker.send('alice', to('bob', '4')), { code: 'limited' });
    await hive.hive.clock.advance(1);
    await hive.broker.send('alice', to('bob', '4'));
    assert.equal(hive.broker.facts('bob').get('bob')?.counts.queued, 12);
  });

  test('calls of one moment, which share a commit, do not overshoot', async () => {
    await using hive = await limited({ messages: { burst: 5, per_minute: 1 } });
    const many = Array.from({ length: 20 }, (_, index) => hive.broker.send('alice', to('bob', `${index}`)));
    const ended = await outcomes(many);
    assert.deepEqual(ended, [...Array(5).fill('ok'), ...Array(15).fill('limited')]);
  });

  test('a repeated call gets its earlier result, never a refusal, also while the first is on its way, and costs nothing', async () => {
    await using hive = await limited({ messages: { burst: 2, per_minute: 1 } });
    const call = { ...to('bob', 'once'), key: 'key-00001' };
    const first = await hive.broker.send('alice', call);
    for (const _ of [1, 2, 3]) assert.deepEqual(await hive.broker.send('alice', call), first);
    const last = { ...to('bob', 'twice'), key: 'key-00002' };
    const [second, again] = await Promise.all([hive.broker.send('alice', last), hive.broker.send('alice', last)]);
    assert.deepEqual(again, second);
    assert.deepEqual(await hive.broker.send('alice', call), first);
    await assert.rejects(hive.broker.send('alice', { ...to('bob', 'new'), key: 'key-00003' }), { code: 'limited' });
  });

  test('a refusal leaves no trace of its key: the same call works later', async () => {
    await using hive = await limited({ messages: { burst: 1, per_minute: 60 } });
    await hive.broker.send('alice', to('bob', 'one'));
    const call = { ...to('bob', 'two'), key: 'key-00001' };
    await assert.rejects(hive.broker.send('alice', call), { code: 'limited' });
    await hive.hive.clock.advance(1000);
    assert.equal((await hive.broker.send('alice', call)).id, 2);
  });

  test('what failed is not charged, nor what an earlier attempt had sent already', async () => {
    await using hive = await limited({ messages: { burst: 2, per_minute: 1 } });
    for (const _ of [1, 2, 3, 4])
      await assert.rejects(hive.broker.send('alice', to('nobody', 'hi')), { code: 'not_found' });
    const session = await hive.connect('alice');
    const first = hive.next(session);
    await hive.broker.send('operator', to('alice', 'tell bob'));
    const { turn, deliveries } = await first;
    await hive.broker.send('alice', { ...to('bob', 'told'), turn });
    const presented = deliveries.map((row) => row.delivery);
    await hive.broker.turnEnd(session, report(turn, 'failed', presented));
    await hive.hive.clock.advance(6000);
    const second = await hive.next(session);
    for (const _ of [1, 2, 3]) {
      const again = await hive.broker.send('alice', { ...to('bob', 'told'), turn: second.turn });
      assert.match(again.note ?? '', /an earlier attempt already sent this/);
    }
    await hive.broker.send('alice', { ...to('bob', 'and this'), turn: second.turn });
  });

  test('bytes count, and a text that can never pass is told so', async () => {
    await using hive = await limited({ bytes: { burst: 1000, per_minute: 6000 } });
    await hive.broker.send('alice', to('bob', 'é'.repeat(450)));
    await assert.rejects(hive.broker.send('alice', to('bob', 'x'.repeat(300))), { message: /try again in 2 s/ });
    await hive.broker.send('alice', to('bob', 'x'.repeat(100)));
    await assert.rejects(hive.broker.send('alice', to('bob', 'x'.repeat(1001))), {
      code: 'limited',
      message: /can never pass, push a file/,
    });
  });

  test('broadcasts have a limit of their own', async () => {
    await using hive = await limited({ broadcasts: { burst: 1, per_minute: 2 } });
    await hive.broker.send('alice', to('*', 'all'));
    await assert.rejects(hive.broker.send('alice', to('*', 'all again')), {
      code: 'limited',
      message: /1 broadcasts at once and then 2 a minute.*in 30 s.*by name/,
    });
    await hive.broker.send('alice', to('bob', 'you'));
  });

  test('open asks are capped; an answer or a cancel makes room, and answers are never limited', async () => {
    await using hive = await limited({ open_asks: 2, messages: { burst: 3, per_minute: 1 } });
    const { broker } = hive;
    const question = (text: string) => ({ to: 'bob', question: text, multi: false });
    const first = await broker.ask('alice', { ...question('one?'), key: 'key-00001' });
    const second = await broker.ask('alice', question('two?'));
    await assert.rejects(broker.ask('alice', question('three?')), {
      code: 'limited',
      message:
        'alice has 2 open asks, more are not allowed at a time: cancel those that you no longer need, or wait for an answer',
    });
    assert.deepEqual(await broker.ask('alice', { ...question('one?'), key: 'key-00001' }), first);
    for (const body of ['1', '2', '3']) await broker.send('bob', to('zoe', body));
    await broker.answer('bob', { id: first.id, text: 'yes' });
    await broker.ask('alice', question('three?'));
    await broker.cancelAsk('alice', { id: second.id });
    await assert.rejects(broker.ask('alice', question('four?')), { message: /3 messages at once/ });
  });
});
