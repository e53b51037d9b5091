import assert from 'node:assert/strict';
import test from 'node:test';
import { listEventsAfter } from '#src/daemon/db/index.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

/** A broker whose deliveries die of their first failure. */
function impatient(): Promise<TestBroker> {
  return openTestBroker(['alice', 'bob', 'zoe'], { settings: { attempts: 1, backOff: [1000] } });
}

/** Lets bob fail one turn with what is queued for it. */
async function fail(hive: TestBroker, session: number): Promise<void> {
  const { turn, deliveries } = await hive.next(session);
  const presented = deliveries.map((row) => row.delivery);
  await hive.broker.turnEnd(session, { ...report(turn, 'failed', presented), error: 'exit 1' });
}

/** Kills one message of alice's to bob; answers its delivery. */
async function kill(hive: TestBroker, session: number, body = 'poison'): Promise<number> {
  await hive.broker.send('alice', to('bob', body));
  await fail(hive, session);
  return hive.broker.deadList({ max: 1 }).dead[0]?.delivery ?? 0;
}

function reports(hive: TestBroker): string[] {
  const said = hive.broker.messages({ max: 50 }).messages.filter((message) => message.kind === 'system');
  return said.map((message) => message.to);
}

test('a dead letter is listed with what it was, what it died of and how many there are', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const first = await kill(hive, session, 'one');
  const second = await kill(hive, session, 'two');
  const { dead, total } = hive.broker.deadList({ agent: 'bob', max: 1 });
  assert.equal(total, 2);
  assert.deepEqual(dead, [
    {
      delivery: second,
      message: dead[0]?.message,
      from: 'alice',
      recipient: 'bob',
      kind: 'message',
      excerpt: 'two',
      reason: 'turn 2 ended "failed": exit 1',
      attempts: 1,
      sent_at: hive.hive.clock.now(),
      died_at: hive.hive.clock.now(),
    },
  ]);
  assert.deepEqual(
    hive.broker.deadList({ max: 50 }).dead.map((row) => row.delivery),
    [second, first],
  );
  assert.deepEqual(hive.broker.deadList({ agent: 'zoe', max: 50 }), { dead: [], total: 0 });
});

test('a retried dead letter wakes its recipient at once, with fresh attempts and the mark of a redelivery', async () => {
  await using hive = await openTestBroker(['alice', 'bob'], { settings: { attempts: 2, backOff: [1000] } });
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'poison'));
  await fail(hive, session);
  await hive.hive.clock.advance(1000);
  await fail(hive, session);
  const waiting = hive.next(session);
  await hive.hive.writer.write('test', () => undefined);
  const [dead] = hive.broker.deadList({ max: 1 }).dead;
  assert.deepEqual(await hive.broker.deadRetry({ deliveries: [dead?.delivery ?? 0] }), {
    retried: [dead?.delivery],
    refused: [],
  });
  const again = await waiting;
  assert.deepEqual(
    again.deliveries.map((row) => [row.body, row.redelivered]),
    [['poison', 2]],
  );
  await hive.broker.turnEnd(session, report(again.turn, 'failed', [again.deliveries[0]?.delivery ?? 0]));
  const state = hive.broker.messages({ max: 50 }).messages.find((message) => message.body === 'poison')?.deliveries[0];
  assert.deepEqual([state?.state, state?.attempts], ['queued', 1], 'attempts count from zero again');
});

test('a retried dead letter comes at its old place in the order', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const old = await kill(hive, session, 'old');
  await hive.broker.send('alice', to('bob', 'new'));
  await hive.broker.deadRetry({ deliveries: [old] });
  assert.deepEqual(
    (await hive.next(session)).deliveries.map((row) => row.body),
    ['old', 'new'],
  );
});

test('all dead letters of an agent are retried at once, in order; each of the named ones once', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const ids = [await kill(hive, session, 'one'), await kill(hive, session, 'two')];
  assert.deepEqual(await hive.broker.deadRetry({ agent: 'bob' }), { retried: ids, refused: [] });
  assert.deepEqual(await hive.broker.deadRetry({ agent: 'bob' }), { retried: [], refused: [] });
  assert.deepEqual(await hive.broker.deadRetry({ deliveries: [ids[0] ?? 0, ids[0] ?? 0, 99] }), {
    retried: [],
    refused: [
      { delivery: ids[0], reason: 'it is queued, not dead' },
      { delivery: 99, reason: 'there is no delivery 99' },
    ],
  });
});

test('what died with its recipient stays dead, and says so', async () => {
  await using hive = await impatient();
  await hive.broker.send('alice', to('bob', 'work'));
  await hive.hive.writer.write('test', (tx) =>
    tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'bob'`).run(),
  );
  await hive.broker.agentRemoved('bob');
  const [dead] = hive.broker.deadList({ max: 1 }).dead;
  assert.equal(dead?.reason, 'bob was removed');
  assert.deepEqual(await hive.broker.deadRetry({ agent: 'bob' }), {
    retried: [],
    refused: [{ delivery: dead?.delivery, reason: 'bob was removed' }],
  });
  assert.equal(hive.broker.totals().dead, 1);
});

test('what belongs to a parked pair stays dead until the pair is released', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const dead = await kill(hive, session);
  const park = `INSERT INTO parked_pairs (left_name, right_name, reason, message_id, parked_at) VALUES ('alice', 'bob', 'loop', 1, 1)`;
  await hive.hive.writer.write('test', (tx) => tx.db.exec(park));
  assert.deepEqual(await hive.broker.deadRetry({ deliveries: [dead] }), {
    retried: [],
    refused: [{ delivery: dead, reason: 'alice and bob are parked: hive parked release 1 first' }],
  });
});

test('the sender hears of a dead letter once, however often it is retried', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const dead = await kill(hive, session);
  assert.deepEqual(reports(hive), ['alice']);
  await hive.broker.deadRetry({ deliveries: [dead] });
  await hive.hive.clock.advance(1000);
  await fail(hive, session);
  assert.equal(hive.broker.totals().dead, 1);
  assert.deepEqual(reports(hive), ['alice']);
});

test('a retry names either deliveries or an agent', async () => {
  await using hive = await impatient();
  const refused = { code: 'invalid', message: /either the deliveries or an agent/ };
  await assert.rejects(hive.broker.deadRetry({}), refused);
  await assert.rejects(hive.broker.deadRetry({ agent: 'bob', deliveries: [1] }), refused);
  await assert.rejects(hive.broker.deadDismiss({}), refused);
});

test('a dismissed dead letter is on no list and in no count, leaves an event, and stays dead', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const [one, two] = [await kill(hive, session, 'one'), await kill(hive, session, 'two')];
  assert.deepEqual(await hive.broker.deadDismiss({ deliveries: [one, 99] }), {
    dismissed: [one],
    refused: [{ delivery: 99, reason: 'there is no delivery 99' }],
  });
  const said = listEventsAfter(hive.hive.db, 0, 1000).filter(({ type }) => type === 'dead.dismissed');
  assert.deepEqual(
    said.map((event) => ({ ...event, seq: 0, at: 0 })),
    [{ seq: 0, at: 0, type: 'dead.dismissed', delivery: one, message: 1, recipient: 'bob' }],
  );
  assert.deepEqual(
    [hive.broker.deadList({ max: 9 }), hive.broker.deadList({ agent: 'bob', max: 9 })].map(({ dead, total }) => [
      dead.map(({ delivery }) => delivery),
      total,
    ]),
    [
      [[two], 1],
      [[two], 1],
    ],
  );
  assert.deepEqual([hive.broker.totals().dead, hive.broker.deadLetters(9).length], [1, 1]);
  const shown = hive.broker.messages({ max: 9 }).messages.find(({ body }) => body === 'one')?.deliveries[0];
  assert.deepEqual([shown?.state, shown?.dismissed], ['dead', true]);
  assert.deepEqual(await hive.broker.deadDismiss({ deliveries: [one] }), {
    dismissed: [],
    refused: [{ delivery: one, reason: 'it was dismissed already' }],
  });
  assert.deepEqual(await hive.broker.deadDismiss({ agent: 'bob' }), { dismissed: [two], refused: [] });
});

test('a dismissed dead letter can be retried, and is listed again when it dies again', async () => {
  await using hive = await impatient();
  const session = await hive.connect('bob');
  const dead = await kill(hive, session);
  await hive.broker.deadDismiss({ deliveries: [dead] });
  assert.deepEqual(await hive.broker.deadRetry({ deliveries: [dead] }), { retried: [dead], refused: [] });
  assert.deepEqual(await hive.broker.deadDismiss({ deliveries: [dead] }), {
    dismissed: [],
    refused: [{ delivery: dead, reason: 'it is queued, not dead' }],
  });
  await hive.hive.clock.advance(1000);
  await fail(hive, session);
  assert.equal(hive.broker.deadList({ max: 9 }).total, 1);
});
