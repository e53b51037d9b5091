import assert from 'node:assert/strict';
import test from 'node:test';
import { settle } from '../../../support/clock.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

type Input = Parameters<TestBroker['broker']['recv']>[1];
type Answer = Awaited<ReturnType<TestBroker['broker']['recv']>>;

function recv(hive: TestBroker, input: Input, signal = new AbortController().signal): Promise<Answer> {
  return hive.broker.recv('bob', input, signal);
}

const bodies = (answer: Answer): string[] => answer.messages.map((message) => message.body);

/** Bob in a turn that took `first`. */
async function inTurn(hive: TestBroker): Promise<{ session: number; turn: number; first: number }> {
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'first'));
  const { turn, deliveries } = await hive.next(session);
  return { session, turn, first: deliveries[0]?.delivery ?? 0 };
}

test('outside a turn recv shows and takes nothing', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.broker.send('alice', to('bob', 'one'));
  await hive.broker.send('alice', to('bob', 'two'));
  for (let time = 0; time < 2; time++) {
    const answer = await recv(hive, { max: 1 });
    assert.deepEqual([bodies(answer), answer.remaining, answer.note], [['one'], 1, null]);
  }
  assert.equal(hive.broker.counts('bob').leased, 0);
});

test('in a turn it drains up to max, and the turn acks what was presented of it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, first } = await inTurn(hive);
  for (const body of ['two', 'three', 'four']) await hive.broker.send('alice', to('bob', body));
  const answer = await recv(hive, { max: 2, turn });
  assert.deepEqual([bodies(answer), answer.remaining], [['two', 'three'], 1]);
  assert.deepEqual(
    hive.broker.turnMessages('bob', turn).map((message) => message.body),
    ['first', 'two', 'three'],
  );
  const [two = 0, three = 0] = answer.messages.map((message) => message.delivery);
  const end = await hive.broker.turnEnd(session, report(turn, 'ok', [first, two]));
  assert.deepEqual(end, { acked: [first, two], requeued: [three] });
});

test('it waits for the first message and answers in the same commit', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const waiting = recv(hive, { max: 32, wait_seconds: 180, turn });
  await settle();
  await hive.broker.send('alice', to('bob', 'two'));
  assert.deepEqual(bodies(await waiting), ['two']);
  assert.equal(hive.broker.counts('bob').leased, 2);
});

test('F26: it gives up waiting after the time it was given', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const waiting = recv(hive, { max: 32, wait_seconds: 5, turn });
  await settle();
  await hive.hive.clock.advance(5000);
  assert.deepEqual(await waiting, { messages: [], remaining: 0, note: null, earlier: [] });
});

test('F26: a wait that is aborted takes nothing afterwards', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const caller = new AbortController();
  const refused = assert.rejects(recv(hive, { max: 32, wait_seconds: 5, turn }, caller.signal), /gone/);
  await settle();
  caller.abort(new Error('gone'));
  await refused;
  await hive.broker.send('alice', to('bob', 'two'));
  assert.deepEqual([hive.broker.counts('bob').leased, hive.broker.counts('bob').queued], [1, 1]);
});

test('the end of the turn ends the wait, and takes nothing', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, first } = await inTurn(hive);
  const waiting = recv(hive, { max: 32, wait_seconds: 180, turn });
  await settle();
  await hive.broker.turnEnd(session, report(turn, 'ok', [first]));
  assert.deepEqual(bodies(await waiting), []);
});

test('bodies of one answer stay under 16 KiB together; a longer one comes alone and whole', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const long = 'é'.repeat(32_000);
  for (const body of ['a'.repeat(6000), 'b'.repeat(6000), 'c'.repeat(6000), long, 'short'])
    await hive.broker.send('alice', to('bob', body));
  const answers: string[][] = [];
  for (let left = 5; left > 0;) {
    const answer = await recv(hive, { max: 32, wait_seconds: 180, turn });
    answers.push(bodies(answer).map((body) => body.slice(0, 1)));
    left = answer.remaining;
  }
  assert.deepEqual(answers, [['a', 'b'], ['c'], ['é'], ['s']]);
  assert.equal(hive.broker.turnMessages('bob', turn)[4]?.body, long);
});

test('F26: a reply that is cut or too long for its reader never leads to an ack', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, first } = await inTurn(hive);
  await hive.broker.send('alice', to('bob', 'x'.repeat(60_000)));
  await hive.broker.send('alice', to('bob', 'cut on the way'));
  const [long] = (await recv(hive, { max: 1, turn })).messages;
  const [cut] = (await recv(hive, { max: 1, turn })).messages;
  const kept = long?.delivery ?? 0;
  const end = await hive.broker.turnEnd(session, report(turn, 'ok', [first], [kept]));
  assert.deepEqual(end, { acked: [first], requeued: [kept, cut?.delivery] });
  const next = await hive.next(session);
  const seen = (given: typeof next): number[][] => given.deliveries.map((row) => [row.delivery, row.redelivered]);
  assert.deepEqual(seen(next), [[kept, 0]], 'its reader still held it');
  await hive.broker.turnEnd(session, report(next.turn, 'ok', [kept]));
  assert.deepEqual(seen(await hive.next(session)), [[cut?.delivery, 1]], 'who asked for it may have read it');
});

test('a turn that is not the running one gets nothing', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'mallory']);
  const { turn } = await inTurn(hive);
  await assert.rejects(recv(hive, { max: 1, turn: turn + 1 }), { code: 'conflict' });
  await assert.rejects(hive.broker.recv('mallory', { max: 1, turn }, new AbortController().signal), {
    code: 'conflict',
  });
  assert.throws(() => hive.broker.turnMessages('mallory', turn), { code: 'not_found' });
});

test('F6: the same call again gets the same messages, waiting or not, and later ones stay in order behind them', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, first } = await inTurn(hive);
  for (const body of ['two', 'three', 'four']) await hive.broker.send('alice', to('bob', body));
  const call = { max: 2, turn, key: 'turn-1:toolu_1' };
  const lost = await recv(hive, call);
  for (const wait of [{}, { wait_seconds: 180 }])
    assert.deepEqual(await recv(hive, { ...call, ...wait }), lost, 'its first reply was cut');
  assert.deepEqual(bodies(await recv(hive, { max: 9, turn, key: 'turn-1:toolu_2' })), ['four']);
  const ids = lost.messages.map(({ delivery }) => delivery);
  const end = await hive.broker.turnEnd(session, report(turn, 'ok', [first, ...ids]));
  assert.deepEqual(end.acked, [first, ...ids]);
});

test('an empty answer is not kept: the same call again takes what came meanwhile', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const call = { max: 2, turn, key: 'turn-1:toolu_1' };
  assert.deepEqual(bodies(await recv(hive, call)), []);
  await hive.broker.send('alice', to('bob', 'two'));
  assert.deepEqual(bodies(await recv(hive, call)), ['two']);
});

test('a recv of none only counts, also when it was told to wait', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  await hive.broker.send('alice', to('bob', 'two'));
  for (const wait of [{}, { wait_seconds: 180 }])
    assert.deepEqual(await recv(hive, { max: 0, turn, ...wait }), {
      messages: [],
      remaining: 1,
      note: null,
      earlier: [],
    });
  assert.equal(hive.broker.counts('bob').leased, 1);
});

test('bodies of exactly 16 KiB together come together, one byte more does not; 32 small ones come at once', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const half = 'é'.repeat(4096);
  for (const body of [half, half, half, `${half}x`]) await hive.broker.send('alice', to('bob', body));
  for (const count of [2, 1, 1]) assert.equal((await recv(hive, { max: 32, turn })).messages.length, count);
  for (let n = 0; n < 33; n++) await hive.broker.send('alice', to('bob', `small ${n}`));
  const answer = await recv(hive, { max: 32, turn });
  assert.deepEqual([answer.messages.length, answer.remaining], [32, 1]);
});

test('F28: what recv gives again comes with what the earlier turn did', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, first } = await inTurn(hive);
  await hive.broker.send('alice', to('bob', 'two'));
  const [two] = (await recv(hive, { max: 1, turn })).messages;
  await hive.broker.send('bob', { ...to('alice', 'half done'), turn });
  await hive.broker.turnEnd(session, report(turn, 'cancelled', [first, two!.delivery]));
  const again = await hive.next(session, 1);
  assert.equal(again.deliveries[0]?.redelivered, 1);
  const answer = await recv(hive, { max: 1, turn: again.turn });
  assert.deepEqual([bodies(answer), answer.messages[0]?.redelivered], [['two'], 1]);
  assert.match(answer.earlier.map(({ summary }) => summary).join(), /sent message \d+ to alice: "half done"/);
  await hive.broker.send('alice', to('bob', 'three'));
  assert.deepEqual((await recv(hive, { max: 1, turn: again.turn })).earlier, [], 'nobody had this before');
});

test('a call that waited takes no more than it asked for, and says what remains', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { turn } = await inTurn(hive);
  const waiting = recv(hive, { max: 2, wait_seconds: 180, turn, key: 'turn-1:toolu_1' });
  await settle();
  await Promise.all(['two', 'three', 'four'].map((body) => hive.broker.send('alice', to('bob', body))));
  const answer = await waiting;
  assert.deepEqual([bodies(answer), answer.remaining], [['two', 'three'], 1]);
  assert.deepEqual(await recv(hive, { max: 2, wait_seconds: 180, turn, key: 'turn-1:toolu_1' }), answer);
});
