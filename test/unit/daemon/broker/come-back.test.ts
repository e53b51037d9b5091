import assert from 'node:assert/strict';
import test from 'node:test';
import type { HiveEvent } from '#src/protocol/events.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { settle } from '../../../support/clock.ts';
import { openTestDatabase } from '../../../support/database.ts';
import { failWith } from '../../../support/fail-with.ts';

/** A row lags behind its connection by no more. */
const SOON_MS = 20;

const nonceOf = (agent: string): string => agent.padEnd(64, '.');

/** A broker after the restart of one to which all these agents were connected; the one that is `busy` has a turn. */
async function restarted(agents: string[], busy?: string): Promise<TestBroker & { turn: number | null }> {
  const hive = openTestDatabase();
  const before = await openTestBroker(['alice', ...agents], { hive });
  let turn: number | null = null;
  for (const agent of agents) {
    await before.broker.openSession(agent, nonceOf(agent));
    const { session } = await before.broker.hello(agent, nonceOf(agent), 'old');
    if (agent !== busy) continue;
    await before.broker.send('alice', to(agent, 'work'));
    ({ turn } = await before.next(session));
  }
  await before.broker[Symbol.asyncDispose]();
  return { ...(await openTestBroker([], { hive })), turn };
}

const hello = (hive: TestBroker, agent: string): ReturnType<TestBroker['broker']['hello']> =>
  hive.broker.hello(agent, nonceOf(agent), 'new');
const stateOf = ({ broker }: TestBroker, agent: string): string | undefined => broker.currentSession(agent)?.state;

/** Lets the statement that notes a hello fail until it is restored. */
const failNote = ({ hive }: TestBroker): { restore(): void } => failWith(hive, "SET state = 'live'");

test('a harness that comes back after a restart waits for no commit, and its row follows', async () => {
  await using hive = await restarted(['bob']);
  const told: HiveEvent[] = [];
  hive.hive.writer.onEvents((events) => told.push(...events));
  const bound = await hello(hive, 'bob');
  assert.deepEqual(bound, { session: bound.session, resumed: true, turn: null });
  assert.deepEqual([stateOf(hive, 'bob'), told], ['disconnected', []]);
  await hive.hive.clock.advance(SOON_MS);
  assert.equal(stateOf(hive, 'bob'), 'live');
  assert.deepEqual(hive.hive.db.prepare('SELECT build FROM sessions').pluck().all(), ['new']);
  assert.deepEqual(
    told.map(({ seq: _seq, at: _at, ...event }) => event),
    [{ type: 'agent.changed', agent: 'bob', what: 'harness connected' }],
  );
});

test('rows of harnesses that come back together are written in one transaction', async () => {
  const agents = Array.from({ length: 50 }, (_, index) => `a${index}`);
  await using hive = await restarted(agents);
  await settle();
  let transactions = 0;
  hive.hive.writer.onEvents(() => transactions++);
  for (const agent of agents) {
    const { session } = await hello(hive, agent);
    hive.next(session).catch(() => undefined);
  }
  await settle();
  assert.equal(transactions, 0);
  await hive.hive.clock.advance(SOON_MS);
  assert.deepEqual([transactions, agents.filter((agent) => stateOf(hive, agent) !== 'live')], [1, []]);
});

test('only its own harness takes up a session, once, also before that is written', async () => {
  await using hive = await restarted(['bob', 'carol']);
  await assert.rejects(hive.broker.hello('bob', nonceOf('carol'), 'b'), { code: 'forbidden' });
  await assert.rejects(hive.broker.hello('bob', 'x'.repeat(64), 'b'), { code: 'forbidden' });
  const { session } = await hello(hive, 'bob');
  await assert.rejects(hello(hive, 'bob'), { code: 'conflict', message: /already has a connection/ });
  hive.broker.disconnected(session);
  assert.deepEqual(await hello(hive, 'bob'), { session, resumed: true, turn: null });
});

test('a session that was given up while its harness was away is not taken up', async () => {
  await using hive = await restarted(['bob', 'carol']);
  await hive.broker.fence(hive.broker.currentSession('carol')?.id ?? 0);
  await assert.rejects(hello(hive, 'carol'), { code: 'forbidden', message: /was given up/ });
  await hive.hive.clock.advance(60_000);
  assert.equal(hive.asked.lost[0]?.reason, 'its harness was gone for 60 s');
  await assert.rejects(hello(hive, 'bob'), { code: 'forbidden', message: /was given up/ });
});

test('one that is given up before its row was written stays given up', async () => {
  await using hive = await restarted(['bob']);
  const { session } = await hello(hive, 'bob');
  const next = assert.rejects(hive.next(session), { code: 'forbidden' });
  await hive.broker.fence(session);
  await next;
  assert.equal(stateOf(hive, 'bob'), 'lost');
  await assert.rejects(hive.next(session), { code: 'forbidden' });
});

test('one that comes back while it is being given up stays given up, and so does one that leaves then', async () => {
  await using hive = await restarted(['bob']);
  const fenced = hive.broker.fence(hive.broker.currentSession('bob')?.id ?? 0);
  const { session } = await hello(hive, 'bob');
  await fenced;
  await hive.hive.clock.advance(SOON_MS);
  assert.equal(stateOf(hive, 'bob'), 'lost');
  hive.broker.disconnected(session);
  await settle();
  assert.equal(stateOf(hive, 'bob'), 'lost');
});

test('a session that was given up before the restart is not taken up, and one that never said hello says its first', async () => {
  const files = openTestDatabase();
  const before = await openTestBroker(['bob', 'carol'], { hive: files });
  for (const agent of ['bob', 'carol']) await before.broker.openSession(agent, nonceOf(agent));
  await before.broker.fence((await hello(before, 'bob')).session);
  await before.broker[Symbol.asyncDispose]();
  await using hive = await openTestBroker([], { hive: files });
  await assert.rejects(hello(hive, 'bob'), { code: 'forbidden', message: /was given up/ });
  assert.equal((await hello(hive, 'carol')).resumed, false);
});

test('one that leaves again before its row was written has its time to come back', async () => {
  await using hive = await restarted(['bob']);
  const { session } = await hello(hive, 'bob');
  hive.broker.disconnected(session);
  await hive.hive.clock.advance(59_999);
  assert.deepEqual([stateOf(hive, 'bob'), hive.asked.lost], ['disconnected', []]);
  await hive.hive.clock.advance(1);
  assert.equal(hive.asked.lost[0]?.reason, 'its harness was gone for 60 s');
});

test('one with a turn goes on with it, and is watched', async () => {
  await using hive = await restarted(['bob', 'carol'], 'bob');
  const { session, turn } = await hello(hive, 'bob');
  assert.equal(turn, hive.turn);
  await hive.hive.clock.advance(9_999);
  assert.equal(hive.asked.lost.length, 0);
  await hive.hive.clock.advance(1);
  assert.deepEqual(
    hive.asked.lost.map(({ agent, reason }) => [agent, session, reason.split(';')[0]]),
    [['bob', session, `turn ${turn} did not start within 10 s`]],
  );
});

test('its turn is handed out again when it asks, and what waits behind it comes next', async () => {
  await using hive = await restarted(['bob'], 'bob');
  await hive.broker.send('alice', to('bob', 'more'));
  const { session } = await hello(hive, 'bob');
  const again = await hive.next(session);
  assert.deepEqual([again.turn, again.deliveries.map(({ body }) => body)], [hive.turn, ['work']]);
  await hive.broker.turnEnd(session, report(again.turn, 'ok', [again.deliveries[0]?.delivery ?? 0]));
  assert.deepEqual(
    (await hive.next(session)).deliveries.map(({ body }) => body),
    ['more'],
  );
});

test('one that has no turn and does not ask for one is given up', async () => {
  await using hive = await restarted(['bob']);
  await hello(hive, 'bob');
  await hive.hive.clock.advance(60_000);
  assert.match(hive.asked.lost[0]?.reason ?? '', /did not ask for a turn/);
});

test('one whose row could not be written works all the same, and that is logged', async () => {
  await using hive = await restarted(['bob']);
  const { session } = await hello(hive, 'bob');
  const failing = failNote(hive);
  await hive.hive.clock.advance(SOON_MS);
  failing.restore();
  assert.match(JSON.stringify(hive.hive.log.errors), /a harness that came back was not recorded/);
  for (const body of ['one', 'two']) {
    const waiting = hive.next(session);
    await hive.broker.send('alice', to('bob', body));
    const { turn, deliveries } = await waiting;
    await hive.broker.turnEnd(
      session,
      report(
        turn,
        'ok',
        deliveries.map(({ delivery }) => delivery),
      ),
    );
  }
  assert.equal(stateOf(hive, 'bob'), 'disconnected');
  await assert.rejects(hello(hive, 'bob'), { code: 'conflict' });
  hive.broker.disconnected(session);
  await hello(hive, 'bob');
  assert.equal(stateOf(hive, 'bob'), 'live');
});

test('one whose row could not be written has its time to come back, too', async () => {
  await using hive = await restarted(['bob']);
  const { session } = await hello(hive, 'bob');
  const failing = failNote(hive);
  await hive.hive.clock.advance(SOON_MS);
  failing.restore();
  void hive.next(session).catch(() => undefined);
  hive.broker.disconnected(session);
  await hive.hive.clock.advance(60_000);
  assert.equal(hive.asked.lost[0]?.reason, 'its harness was gone for 60 s');
});

test('a hello that could not be written binds nothing: the next one is taken', async () => {
  await using hive = await openTestBroker(['bob']);
  await hive.broker.openSession('bob', nonceOf('bob'));
  const failing = failNote(hive);
  await assert.rejects(hello(hive, 'bob'));
  failing.restore();
  assert.equal((await hello(hive, 'bob')).resumed, false);
});

test('a harness that comes back to the same daemon is handed its turn again, too', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.broker.openSession('bob', nonceOf('bob'));
  const { session } = await hello(hive, 'bob');
  await hive.broker.send('alice', to('bob', 'work'));
  const { turn } = await hive.next(session);
  hive.broker.disconnected(session);
  assert.equal((await hello(hive, 'bob')).turn, turn);
  assert.equal((await hive.next(session)).turn, turn);
});

test('a call for the turn of an earlier session is refused, also while the new one has none', async () => {
  await using hive = await restarted(['bob']);
  const { session } = await hello(hive, 'bob');
  await hive.broker.sessionEnded(session, 'replaced', 'test');
  await hive.connect('bob');
  await assert.rejects(hive.next(session), { code: 'forbidden' });
  hive.broker.disconnected(session);
  await settle();
  assert.equal(stateOf(hive, 'bob'), 'live');
});

test('a call that came with a hello whose connection is gone keeps nobody from being missed', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'work'));
  hive.broker.disconnected(session);
  await assert.rejects(hive.broker.next(session, 4, AbortSignal.abort()), { name: 'AbortError' });
  await hive.hive.clock.advance(60_000);
  assert.equal(hive.asked.lost[0]?.reason, 'its harness was gone for 60 s');
});
