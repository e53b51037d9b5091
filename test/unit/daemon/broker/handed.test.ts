import assert from 'node:assert/strict';
import test from 'node:test';
import { settle } from '../../../support/clock.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import { failWith } from '../../../support/fail-with.ts';
import type { TestBroker } from '../../../support/broker.ts';

/** Bob's turn as it was handed out, of which nothing was heard since. */
async function handed(hive: TestBroker): Promise<{ session: number; turn: number; delivery: number }> {
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'work'));
  const { turn, deliveries } = await hive.next(session);
  return { session, turn, delivery: deliveries[0]!.delivery };
}

test('a turn that was handed out is ended once, and the same report again answers the same', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, delivery } = await handed(hive);
  const ended = await hive.broker.turnEnd(session, report(turn, 'ok', [delivery]));
  assert.deepEqual(ended, { acked: [delivery], requeued: [] });
  const again = await hive.broker.turnEnd(session, report(turn, 'ok', [delivery]));
  assert.deepEqual(again, ended);
});

test('the late end of a turn whose session ended meanwhile counts as late, whatever was remembered of it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, delivery } = await handed(hive);
  await hive.broker.sessionEnded(session, 'stopped', 'exit 0');
  assert.equal(hive.broker.runningTurn('bob'), null);
  const ended = await hive.broker.turnEnd(session, report(turn, 'ok', [delivery]));
  assert.deepEqual(ended, { acked: [delivery], requeued: [] });
  assert.equal(hive.broker.counts('bob').queued, 0);
});

test('a report that arrives when its connection is gone leaves the session the time to come back', async () => {
  await using hive = await openTestBroker(['alice', 'bob'], { settings: { resume: 60_000, poll: 5000 } });
  const { session, turn, delivery } = await handed(hive);
  hive.broker.disconnected(session);
  await hive.broker.turnEnd(session, report(turn, 'ok', [delivery]));
  await hive.hive.clock.advance(59_000);
  assert.equal(hive.asked.lost.length, 0);
  await hive.hive.clock.advance(1000);
  await settle();
  assert.match(hive.asked.lost[0]?.reason ?? '', /was gone for 60 s/);
});

test('only the session that was handed a turn ends it', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const { turn, delivery } = await handed(hive);
  const other = await hive.connect('zoe');
  await assert.rejects(hive.broker.turnEnd(other, report(turn, 'ok', [delivery])), { code: 'not_found' });
  await assert.rejects(hive.broker.turnEnd(other, report(turn, 'lost', [])), { code: 'invalid' });
});

test('a session that had no turn gets none once its connection is gone or it was fenced', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, delivery } = await handed(hive);
  await hive.broker.turnEnd(session, report(turn, 'ok', [delivery]));
  hive.broker.disconnected(session);
  const waits = hive.broker.next(session, 4, new AbortController().signal);
  await hive.broker.send('alice', to('bob', 'more'));
  assert.equal(hive.broker.runningTurn('bob'), null);
  const refused = assert.rejects(waits, { code: 'forbidden' });
  await hive.broker.fence(session);
  await refused;
  await assert.rejects(hive.broker.next(session, 4, new AbortController().signal), { code: 'forbidden' });
  assert.equal(hive.broker.counts('bob').queued, 1);
});

test('a call for a turn writes nothing as long as nothing waits for its agent', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'carol']);
  const session = await hive.connect('bob');
  await hive.hive.clock.advance(1000);
  const waiting = hive.next(session);
  assert.equal(hive.hive.writer.busy(), false);
  await assert.rejects(hive.next(session), { code: 'conflict', message: /already waits for its next turn/ });
  await hive.hive.clock.advance(120_000);
  assert.equal(hive.asked.lost.length, 0, 'its alarm is silent');
  await hive.broker.send('alice', to('bob', 'work'));
  const { turn, deliveries } = await waiting;
  assert.deepEqual(
    deliveries.map(({ body }) => body),
    ['work'],
  );
  await hive.broker.turnEnd(session, report(turn, 'ok', [deliveries[0]?.delivery ?? 0]));
});

test('a session that ended gets no turn, also while its connection is still there', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  await hive.broker.sessionEnded(session, 'died', 'test');
  await assert.rejects(hive.next(session), { code: 'forbidden' });
});

test('the last report of a session that was given up does not let it ask for a turn', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, delivery } = await handed(hive);
  await hive.broker.fence(session);
  await hive.broker.turnEnd(session, report(turn, 'ok', [delivery]));
  await assert.rejects(hive.next(session), { code: 'forbidden' });
});

test('a turn whose end could not be stored is handed out again', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { session, turn, delivery } = await handed(hive);
  const failing = failWith(hive.hive, 'COMMIT');
  await assert.rejects(hive.broker.turnEnd(session, report(turn, 'ok', [delivery])), /unknown whether this was stored/);
  failing.restore();
  const asked = hive.next(session);
  const answer = await Promise.race([asked, settle()]);
  assert.equal(answer?.turn, turn);
});
