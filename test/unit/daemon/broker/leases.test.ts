import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

type Turn = Awaited<ReturnType<TestBroker['next']>>;

const ids = (turn: Turn): number[] => turn.deliveries.map((row) => row.delivery);
const bodies = (turn: Turn): string[] => turn.deliveries.map((row) => row.body);

/** Sends to bob and takes the turn that it makes. */
async function takeTurn(hive: TestBroker, session: number, ...texts: string[]): Promise<Turn> {
  for (const text of texts) await hive.broker.send('alice', to('bob', text));
  return hive.next(session);
}

/** State of the only delivery of the latest message. */
function state(hive: TestBroker): string | undefined {
  return hive.broker.messages({ max: 1 }).messages[0]?.deliveries[0]?.state;
}

test('F9: what was presented is acked when its turn ends ok, the same report again answers the same', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const waiting = hive.next(session);
  await hive.broker.send('alice', to('bob', 'hello'));
  const turn = await waiting;
  assert.deepEqual([bodies(turn), turn.remaining, turn.earlier], [['hello'], 0, []]);
  assert.equal(state(hive), 'leased');
  const end = await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn)));
  assert.deepEqual(end, { acked: ids(turn), requeued: [] });
  assert.deepEqual(await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn))), end);
  assert.equal(state(hive), 'acked');
});

test('F9: a report of `presented` counts like one at the end; somebody else’s delivery is ignored and logged', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'mallory']);
  const session = await hive.connect('bob');
  const turn = await takeTurn(hive, session, 'one');
  const other = await hive.connect('mallory');
  await hive.broker.send('alice', to('mallory', 'bait'));
  const theirs = await hive.next(other);
  await hive.broker.presented('mallory', { turn: theirs.turn, deliveries: ids(turn) });
  assert.equal(hive.broker.messages({ max: 10 }).messages.at(-1)?.deliveries[0]?.presented, false);
  await assert.rejects(hive.broker.presented('mallory', { turn: turn.turn, deliveries: ids(turn) }), {
    code: 'conflict',
  });
  await assert.rejects(hive.broker.turnEnd(other, report(turn.turn, 'ok', ids(turn))), { code: 'not_found' });
  await hive.broker.presented('bob', { turn: turn.turn, deliveries: ids(turn) });
  assert.deepEqual((await hive.broker.turnEnd(session, report(turn.turn, 'ok'))).acked, ids(turn));
});

test('F7: a failed batch comes one by one with back-off, and nothing overtakes it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const batch = await takeTurn(hive, session, 'one', 'two');
  await hive.broker.turnEnd(session, report(batch.turn, 'failed', ids(batch)));
  await hive.broker.send('alice', to('bob', 'three'));
  const waiting = hive.next(session);
  await hive.hive.clock.advance(4999);
  assert.equal(hive.broker.runningTurn('bob'), null);
  await hive.hive.clock.advance(1);
  const first = await waiting;
  assert.deepEqual(
    first.deliveries.map((row) => [row.body, row.redelivered]),
    [['one', 1]],
  );
  const mail = await hive.broker.recv('bob', { max: 32, turn: first.turn }, new AbortController().signal);
  assert.deepEqual([mail.messages, mail.remaining], [[], 2]);
  assert.match(mail.note ?? '', /one by one/);
  await hive.broker.turnEnd(session, report(first.turn, 'ok', ids(first)));
  const second = await hive.next(session);
  assert.deepEqual(bodies(second), ['two']);
  await hive.broker.turnEnd(session, report(second.turn, 'ok', ids(second)));
  assert.deepEqual(bodies(await hive.next(session)), ['three']);
});

test('F7: the fifth failed attempt makes a dead letter and tells the sender once, without waking', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const waiting = hive.next(await hive.connect('alice'));
  await hive.broker.send('alice', to('bob', 'poison'));
  for (const [attempt, pause] of [0, 5000, 30_000, 120_000, 600_000].entries()) {
    const turn = hive.next(session);
    await hive.hive.clock.advance(pause);
    const { turn: id, deliveries } = await turn;
    assert.equal(deliveries[0]?.redelivered, attempt);
    await hive.broker.turnEnd(session, { ...report(id, 'failed', [deliveries[0]?.delivery ?? 0]), error: 'exit 1' });
  }
  const [dead] = hive.broker.deadLetters(10);
  assert.deepEqual([dead?.body, dead?.deliveries[0]?.attempts], ['poison', 5]);
  assert.equal(hive.broker.runningTurn('alice'), null);
  await hive.broker.send('bob', to('alice', 'something that wakes'));
  const [told] = (await waiting).deliveries;
  assert.equal(told?.kind, 'system');
  assert.match(
    told?.body ?? '',
    /^Your message 1 to bob .*dead letter now: 5 attempts failed.*"failed": exit 1.*"poison"$/,
  );
  assert.deepEqual([hive.broker.counts('bob').dead, hive.broker.totals().dead], [1, 1]);
});

test('reports about dead letters breed no reports', async () => {
  await using hive = await openTestBroker(['alice', 'bob'], { settings: { attempts: 1 } });
  const [bob, alice] = [await hive.connect('bob'), await hive.connect('alice')];
  const poison = await takeTurn(hive, bob, 'poison');
  await hive.broker.turnEnd(bob, report(poison.turn, 'failed', ids(poison)));
  await hive.broker.send('bob', to('alice', 'wake'));
  const both = await hive.next(alice);
  await hive.broker.turnEnd(alice, report(both.turn, 'failed', ids(both)));
  const reports = hive.broker.messages({ max: 50 }).messages.filter((message) => message.kind === 'system');
  assert.deepEqual(
    reports.map((message) => message.to),
    ['bob', 'alice'],
  );
});

for (const outcome of ['cancelled', 'rate_limited', 'needs_login', 'over_budget'] as const) {
  test(`a turn that ends ${outcome} is no attempt, but its deliveries are marked as possibly seen`, async () => {
    await using hive = await openTestBroker(['alice', 'bob']);
    const session = await hive.connect('bob');
    const turn = await takeTurn(hive, session, 'work');
    await hive.broker.turnEnd(session, { ...report(turn.turn, outcome, ids(turn)), resume_at: 5 });
    assert.deepEqual(hive.asked.outcomes, [{ agent: 'bob', outcome, resumeAt: 5 }]);
    hive.broker.setHolding('bob', false);
    const again = await hive.next(session);
    assert.deepEqual(
      [again.deliveries[0]?.redelivered, hive.broker.messages({ max: 1 }).messages[0]?.deliveries[0]?.attempts],
      [1, 0],
    );
  });
}

test('after a rate limit no turn is handed out until the agent is released', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const turn = await takeTurn(hive, session, 'work');
  await hive.broker.turnEnd(session, report(turn.turn, 'rate_limited', ids(turn)));
  const waiting = hive.next(session);
  await hive.broker.send('alice', to('bob', 'more'));
  assert.equal(hive.broker.runningTurn('bob'), null);
  hive.broker.setHolding('bob', false);
  assert.deepEqual(bodies(await waiting), ['work', 'more']);
});

test('a runtime that fails before anything is presented is retried with growing pauses, never as an attempt', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'work'));
  for (const pause of [0, 5000, 30_000, 120_000, 600_000, 600_000, 600_000]) {
    const waiting = hive.next(session);
    await hive.hive.clock.advance(Math.max(0, pause - 1));
    if (pause > 0) assert.equal(hive.broker.runningTurn('bob'), null, `before ${pause}`);
    await hive.hive.clock.advance(1);
    await hive.broker.turnEnd(session, report((await waiting).turn, 'failed'));
  }
  assert.equal(hive.broker.messages({ max: 1 }).messages[0]?.deliveries[0]?.attempts, 0);
});

test('F28: a redelivery lists what earlier attempts did, and the same send gives the earlier id', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const session = await hive.connect('bob');
  const first = await takeTurn(hive, session, 'work');
  const sent = await hive.broker.send('bob', { ...to('zoe', 'please review'), turn: first.turn });
  const asked = await hive.broker.ask('bob', { to: 'alice', question: 'merge?', multi: false, turn: first.turn });
  await hive.broker.recordAct('bob', { kind: 'push', summary: 'pushed bob/greeter main abc' });
  await hive.broker.turnEnd(session, report(first.turn, 'cancelled', ids(first)));

  const again = await hive.next(session);
  assert.deepEqual(
    again.earlier.map((act) => act.summary),
    [
      `sent message ${sent.id} to zoe: "please review"`,
      `asked alice (ask ${asked.id}): "merge?"`,
      'pushed bob/greeter main abc',
    ],
  );
  const same = await hive.broker.send('bob', to('zoe', 'please review'));
  assert.deepEqual([same.id, same.note], [sent.id, `an earlier attempt already sent this as message ${sent.id}`]);
  const other = await hive.broker.send('bob', to('zoe', 'something else'));
  assert.notEqual(other.id, sent.id);
  const sameAsk = await hive.broker.ask('bob', { to: 'alice', question: 'merge?', multi: false });
  assert.equal(sameAsk.id, asked.id);
  assert.equal(hive.broker.totals().openAsks, 1);
});

test('outside a redelivered chain the same words are two messages', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const session = await hive.connect('bob');
  const turn = await takeTurn(hive, session, 'one');
  const first = await hive.broker.send('bob', to('zoe', 'done'));
  await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn)));
  await takeTurn(hive, session, 'two');
  assert.notEqual((await hive.broker.send('bob', to('zoe', 'done'))).id, first.id);
});

test('a turn whose answer was lost on the way is handed out again as it was', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const lost = await takeTurn(hive, session, 'one');
  assert.deepEqual(await hive.next(session), lost);
  await hive.broker.turnActivity(session, { turn: lost.turn, phase: 'starting', activity: null });
  await assert.rejects(hive.next(session), { code: 'conflict', message: /still running: end it first/ });
});

test('a message that does not wake rides with the next turn', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const waiting = hive.next(session);
  await hive.broker.notify({ to: 'bob', kind: 'system', body: 'by the way', wakes: false });
  assert.deepEqual([hive.broker.runningTurn('bob'), hive.broker.counts('bob').queued], [null, 1]);
  await hive.broker.send('alice', to('bob', 'wake up'));
  assert.deepEqual(bodies(await waiting), ['by the way', 'wake up']);
});

test('sends of one tick arrive as one turn', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const session = await hive.connect('bob');
  const waiting = hive.next(session);
  await Promise.all(['alice', 'zoe'].map((from) => hive.broker.send(from, to('bob', from))));
  assert.deepEqual(bodies(await waiting), ['alice', 'zoe']);
});

test('a wake prompt holds a first message of any size and others only while they fit', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const big = 'x'.repeat(60_000);
  const first = await takeTurn(hive, session, big, 'small');
  assert.deepEqual([bodies(first), first.remaining], [[big], 1]);
  await hive.broker.turnEnd(session, report(first.turn, 'ok', ids(first)));
  const second = await takeTurn(hive, session, 'small too', big);
  assert.deepEqual([bodies(second), second.remaining], [['small', 'small too'], 1]);
});

test('a clock that is set back does not stretch a back-off', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const turn = await takeTurn(hive, session, 'work');
  await hive.broker.turnEnd(session, report(turn.turn, 'failed', ids(turn)));
  hive.hive.clock.setWall(hive.hive.clock.now() - 24 * 3_600_000);
  assert.deepEqual(bodies(await hive.next(session)), ['work']);
});

test('removing an agent makes dead letters of its queue and tells the senders', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.broker.send('alice', to('bob', 'work'));
  await hive.broker.send('operator', to('bob', 'more work'));
  await hive.broker.ask('alice', { to: 'bob', question: 'blue?', multi: false });
  await hive.broker.agentRemoved('bob');
  await hive.broker.agentRemoved('bob');
  assert.deepEqual(
    hive.broker.deadLetters(10).map((message) => message.body),
    ['blue?', 'more work', 'work'],
  );
  const told = await hive.broker.inbox({ peek: true, max: 10 });
  assert.match(told.messages[0]?.body ?? '', /dead letter now: bob was removed/);
  const { messages } = await hive.broker.recv('alice', { max: 10 }, new AbortController().signal);
  assert.match(messages[0]?.body ?? '', /^Your message 1 to bob/);
  assert.match(messages[1]?.body ?? '', /^bob was removed and will not answer ask 1/);
  assert.equal(messages.length, 2);
});

test('what was sent to an agent in the moment of its removal is found at the next start', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.broker.send('alice', to('bob', 'too late'));
  await hive.hive.writer.write('test', (tx) =>
    tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'bob'`).run(),
  );
  await hive.broker.start();
  assert.deepEqual([hive.broker.totals().dead, hive.broker.counts('bob').queued], [1, 0]);
});
