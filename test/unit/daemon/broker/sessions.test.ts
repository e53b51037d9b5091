import assert from 'node:assert/strict';
import test from 'node:test';
import { settle } from '../../../support/clock.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

const NONCE = 'n'.repeat(64);

type Turn = Awaited<ReturnType<TestBroker['next']>>;
const ids = (turn: Turn): number[] => turn.deliveries.map((row) => row.delivery);

/** Connects bob and gives it a turn; with `presented` its runtime has got the message. */
async function working(
  hive: TestBroker,
  { presented = false, phase }: { presented?: boolean; phase?: 'model' | 'tool' | 'ending' } = {},
): Promise<{ session: number; turn: Turn }> {
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'work'));
  const turn = await hive.next(session);
  if (phase) await hive.broker.turnActivity(session, { turn: turn.turn, phase, activity: null });
  if (presented) await hive.broker.presented('bob', { turn: turn.turn, deliveries: ids(turn) });
  return { session, turn };
}

/** Attempts and redeliveries of the only message. */
async function again(hive: TestBroker): Promise<{ attempts: number | undefined; redelivered: number | undefined }> {
  const waiting = hive.next(await hive.connect('bob'));
  await hive.hive.clock.advance(5000);
  const [row] = (await waiting).deliveries;
  return {
    attempts: hive.broker.messages({ max: 1 }).messages[0]?.deliveries[0]?.attempts,
    redelivered: row?.redelivered,
  };
}

test('an agent has one session at a time', async () => {
  await using hive = await openTestBroker(['bob']);
  const session = await hive.broker.openSession('bob', NONCE);
  await assert.rejects(hive.broker.openSession('bob', '2'.repeat(64)), { code: 'conflict', message: /end it first/ });
  await hive.broker.sessionEnded(session, 'stopped', 'exit 0');
  await hive.broker.openSession('bob', '2'.repeat(64));
});

test('hello needs the nonce, refuses a second connection, and resumes after a dropped one', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.broker.openSession('bob', NONCE);
  await assert.rejects(hive.broker.hello('bob', 'x'.repeat(64), 'b'), { code: 'forbidden' });
  await assert.rejects(hive.broker.hello('alice', NONCE, 'b'), { code: 'forbidden' });
  assert.deepEqual(await hive.broker.hello('bob', NONCE, 'b'), { session, resumed: false, turn: null });
  await assert.rejects(hive.broker.hello('bob', NONCE, 'b'), { code: 'conflict' });
  await hive.broker.send('alice', to('bob', 'work'));
  const { turn } = await hive.next(session);
  hive.broker.disconnected(session);
  assert.deepEqual(await hive.broker.hello('bob', NONCE, 'b'), { session, resumed: true, turn });
  await hive.broker.sessionEnded(session, 'stopped', 'exit 0');
  await assert.rejects(hive.broker.hello('bob', NONCE, 'b'), { code: 'forbidden' });
});

test('a container whose harness says no hello is given up', async () => {
  await using hive = await openTestBroker(['bob']);
  const session = await hive.broker.openSession('bob', NONCE);
  await hive.hive.clock.advance(29_999);
  assert.equal(hive.asked.lost.length, 0);
  await hive.hive.clock.advance(1);
  assert.deepEqual(hive.asked.lost, [{ agent: 'bob', session, reason: 'its harness said no hello within 30 s' }]);
  assert.equal(hive.broker.mayReach('bob'), false);
});

test('a session without its harness has 60 s to come back, and its turn goes on', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { phase: 'model' });
  hive.broker.disconnected(session);
  await settle();
  await hive.hive.clock.advance(59_999);
  assert.equal(hive.broker.runningTurn('bob'), turn.turn);
  assert.equal(hive.asked.lost.length, 0);
  await hive.hive.clock.advance(1);
  assert.equal(hive.asked.lost[0]?.reason, 'its harness was gone for 60 s; 1 delivered, not acked for 60 s');
});

for (const { phase, allowed } of [
  { phase: 'model', allowed: 300_000 },
  { phase: 'tool', allowed: 900_000 },
  { phase: 'ending', allowed: 30_000 },
] as const) {
  test(`silence in the phase ${phase} is allowed for ${allowed / 1000} s, counted from the last sign of life`, async () => {
    await using hive = await openTestBroker(['alice', 'bob']);
    const { session, turn } = await working(hive, { phase });
    await hive.hive.clock.advance(allowed - 1);
    await hive.broker.turnActivity(session, { turn: turn.turn, phase, activity: null });
    await hive.hive.clock.advance(allowed - 1);
    assert.equal(hive.asked.lost.length, 0);
    await hive.hive.clock.advance(1);
    assert.match(
      hive.asked.lost[0]?.reason ?? '',
      new RegExp(`silent for ${allowed / 1000} s in its phase "${phase}"`),
    );
  });
}

test('a turn that shows life for ever is given up after two hours, whatever the wall clock says', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { phase: 'model' });
  hive.hive.clock.setWall(hive.hive.clock.now() + 24 * 3_600_000);
  for (let minute = 0; minute < 121; minute++) {
    assert.equal(hive.asked.lost.length, 0, `minute ${minute}`);
    await hive.broker.turnActivity(session, { turn: turn.turn, phase: 'model', activity: `step ${minute}` });
    await hive.hive.clock.advance(60_000);
  }
  assert.match(hive.asked.lost[0]?.reason ?? '', /has run for 121 minutes/);
});

test('F27: a session that was given up may do nothing; its delivery stays leased until the container is seen dead', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { phase: 'model', presented: true });
  await hive.hive.clock.advance(300_000);
  const refused = { code: 'forbidden', message: /was given up/ };
  await assert.rejects(hive.broker.send('bob', to('alice', 'late')), refused);
  await assert.rejects(hive.broker.ask('bob', { to: 'alice', question: 'late?', multi: false }), refused);
  await assert.rejects(hive.broker.presented('bob', { turn: turn.turn, deliveries: ids(turn) }), refused);
  await assert.rejects(hive.broker.turnActivity(session, { turn: turn.turn, phase: 'model', activity: null }), refused);
  await assert.rejects(hive.next(session), refused);
  assert.equal(hive.broker.counts('bob').leased, 1);
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  assert.deepEqual(await again(hive), { attempts: 1, redelivered: 1 });
});

test('a harness that is connected but asks for no turn is given up: its loop hangs', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'work'));
  await hive.hive.clock.advance(59_999);
  const turn = await hive.next(session);
  await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn)));
  await hive.hive.clock.advance(59_999);
  assert.equal(hive.asked.lost.length, 0);
  await hive.hive.clock.advance(1);
  assert.equal(hive.asked.lost[0]?.reason, 'its harness did not ask for a turn within 60 s');
});

test('calls that wait end with the session', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const waiting = hive.next(session);
  const refused = assert.rejects(waiting, { code: 'forbidden' });
  await hive.broker.fence(session);
  await refused;
});

test('mail that arrives in the very moment in which a session is given up is not handed to it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const refused = assert.rejects(hive.next(session), { code: 'forbidden' });
  await settle();
  await Promise.all([hive.broker.fence(session), hive.broker.send('alice', to('bob', 'work'))]);
  await refused;
  assert.deepEqual([hive.broker.counts('bob').leased, hive.broker.counts('bob').queued], [0, 1]);
});

for (const { end, attempts } of [
  { end: 'died', attempts: 1 },
  { end: 'stopped', attempts: 0 },
  { end: 'replaced', attempts: 0 },
  { end: 'killed_by_hive', attempts: 0 },
] as const) {
  test(`F7: what a session had presented when it ended as ${end} comes again, marked, with ${attempts} attempts`, async () => {
    await using hive = await openTestBroker(['alice', 'bob']);
    const { session, turn } = await working(hive, { presented: true });
    await hive.broker.sessionEnded(session, end, 'signal 9');
    assert.equal(hive.broker.lastTurn('bob')?.outcome, 'lost');
    assert.equal(hive.broker.lastTurn('bob')?.id, turn.turn);
    assert.deepEqual(await again(hive), { attempts, redelivered: 1 });
  });
}

test('what was not presented when the harness died is no attempt, but may have been read', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session } = await working(hive);
  await hive.broker.sessionEnded(session, 'died', 'signal 9');
  assert.deepEqual(await again(hive), { attempts: 0, redelivered: 1 });
});

test('F27: a clean end that arrives late counts as long as nobody leased it again', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { presented: true });
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  const next = await hive.connect('bob');
  const end = await hive.broker.turnEnd(next, report(turn.turn, 'ok', ids(turn)));
  assert.deepEqual(end, { acked: ids(turn), requeued: [] });
  assert.equal(hive.broker.lastTurn('bob')?.outcome, 'ok');
  assert.equal(hive.broker.counts('bob').queued, 0);
});

test('F9: a clean end that arrives after the delivery was leased again changes nothing', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { presented: true });
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  const second = await hive.connect('bob');
  const again = await hive.next(second);
  await hive.broker.turnEnd(second, report(again.turn, 'cancelled', ids(again)));
  const end = await hive.broker.turnEnd(second, report(turn.turn, 'ok', ids(turn)));
  assert.deepEqual(end, { acked: [], requeued: ids(turn) });
  assert.equal(hive.broker.counts('bob').queued, 1);
});

test('F9: a report that contradicts the first one changes nothing', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive);
  const end = await hive.broker.turnEnd(session, report(turn.turn, 'cancelled', ids(turn)));
  assert.deepEqual(await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn))), end);
  assert.equal(hive.broker.counts('bob').queued, 1);
});

test('a turn of a session that was given up may still report its end while its container lives', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { phase: 'model' });
  await hive.hive.clock.advance(300_000);
  const end = await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn)));
  assert.deepEqual(end.acked, ids(turn));
  await hive.broker.sessionEnded(session, 'killed_by_hive', 'signal 9');
  assert.equal(hive.broker.counts('bob').queued, 0);
});

test('a turn that is asked to end hears it with its next sign of life', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive);
  const alive = { turn: turn.turn, phase: 'model' as const, activity: null };
  assert.deepEqual(await hive.broker.turnActivity(session, alive), { cancel: false });
  await hive.broker.cancelTurn('bob', 'bob was paused');
  assert.deepEqual(await hive.broker.turnActivity(session, alive), { cancel: true });
  assert.deepEqual(hive.asked.cancelled, [{ agent: 'bob', turn: turn.turn, reason: 'bob was paused' }]);
});

test('mail that arrived since the turn last took some is counted with its senders', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const session = await hive.connect('bob');
  await Promise.all(['1', '2', '3'].map((body) => hive.broker.send('alice', to('bob', body))));
  const { turn } = await hive.next(session, 1);
  assert.deepEqual(hive.broker.mailWaiting(session, turn), { count: 0, senders: [] });
  for (const from of ['zoe', 'alice', 'zoe']) await hive.broker.send(from, to('bob', 'new'));
  await hive.broker.notify({ to: 'bob', kind: 'system', body: 'quiet', wakes: false });
  assert.deepEqual(hive.broker.mailWaiting(session, turn), { count: 3, senders: ['zoe', 'alice'] });
  await hive.broker.recv('bob', { max: 1, turn }, new AbortController().signal);
  assert.deepEqual(hive.broker.mailWaiting(session, turn), { count: 0, senders: [] });
});

test('an agent that is held gets no turn until it is released', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  hive.broker.setHolding('bob', true);
  const waiting = hive.next(await hive.connect('bob'));
  await hive.broker.send('alice', to('bob', 'work'));
  await settle();
  assert.equal(hive.broker.runningTurn('bob'), null);
  hive.broker.setHolding('bob', false);
  assert.equal((await waiting).deliveries.length, 1);
});

test('what the dashboard asks is told: session, activity, counts, turns', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive);
  await hive.broker.turnActivity(session, { turn: turn.turn, phase: 'tool', activity: 'Bash: ls' });
  assert.deepEqual(hive.broker.currentSession('bob'), { id: session, agent: 'bob', state: 'live', turn: turn.turn });
  assert.equal(hive.broker.facts('bob').get('bob')?.activity?.activity, 'Bash: ls');
  assert.deepEqual(hive.broker.counts('bob'), { queued: 0, leased: 1, dead: 0, reminders: 0, turnsToday: 1 });
  const tokens = { input: 1, output: 2, cache_read: 3, cache_write: 4 };
  const tools = { Bash: 2 };
  await hive.broker.turnEnd(session, { ...report(turn.turn, 'ok', ids(turn)), model: 'm', tokens, tools });
  const [last] = hive.broker.turns('bob', 10);
  assert.deepEqual(
    [last?.cause, last?.outcome, last?.model, last?.tokens, last?.tools],
    ['message from alice', 'ok', 'm', tokens, tools],
  );
  assert.equal(hive.broker.facts('bob').get('bob')?.activity, undefined);
});

test('idle costs no timer', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn } = await working(hive, { phase: 'model' });
  await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn)));
  const waiting = hive.next(session).catch(() => undefined);
  await settle();
  assert.equal(hive.hive.clock.timers(), 0);
  await hive.broker[Symbol.asyncDispose]();
  await waiting;
});
