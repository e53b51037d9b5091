import assert from 'node:assert/strict';
import test from 'node:test';
import { insertAgentTurns } from '#src/daemon/broker/stores/agent-turn-store.ts';
import { PARTIES_BATCH } from '#src/daemon/broker/stores/party-store.ts';
import { openTestBroker, report } from '../../../support/broker.ts';
import { assertSound, countRows, forget, later, NOBODY_ELSE, takeTurn, texts } from '../../../support/retention.ts';
import { createTestScheduler } from '../../../support/scheduler.ts';

const MINUTE = 60_000;

test('messages that everybody acked 30 days ago go with all that hangs on them, and what is not done with stays', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe'], { settings: { attempts: 1 } });
  const { broker } = hive;
  const session = await hive.connect('alice');
  const old = await broker.send('bob', { to: 'alice', body: 'old and done' });
  await takeTurn(hive, session);
  await broker.send('zoe', { to: 'alice', body: 'dead' });
  await takeTurn(hive, session, 'failed');
  await broker.send('alice', { to: 'bob', body: 'never taken' });
  await broker.send('zoe', { to: '*', body: 'taken by alice alone' });
  await broker.ask('bob', { to: 'alice', question: 'asked?', multi: false });
  await takeTurn(hive, session);
  await broker.answer('alice', { id: 1, text: 'answered' });
  await broker.send('bob', { to: 'alice', body: 'taken late' });
  later(hive, 20);
  await takeTurn(hive, session);
  await broker.send('bob', { to: 'alice', body: 'young', in_reply_to: old.id });
  await takeTurn(hive, session);
  const before = texts(hive);
  later(hive, 9);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), {}, 'nothing is 30 days old');
  later(hive, 2);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), { messages: 1 });
  assert.deepEqual(
    texts(hive),
    before.filter((text) => text !== 'old and done'),
  );
  const left = hive.hive.db.prepare('SELECT count(*) AS many FROM deliveries WHERE message_id = ?').get(old.id);
  assert.deepEqual(left, { many: 0 });
  later(hive, 60);
  await forget(hive, NOBODY_ELSE);
  assert.deepEqual(texts(hive), ['dead', 'never taken', 'taken by alice alone', 'asked?', 'answered', 'young']);
  assert.equal(broker.deadLetters(9).length, 1);

  await broker.deadDismiss({ agent: 'alice' });
  later(hive, 29);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), {});
  later(hive, 2);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), { messages: 1 });
  assert.deepEqual(texts(hive), ['never taken', 'taken by alice alone', 'asked?', 'answered', 'young']);
  assertSound(hive);
});

test('a reply to what is gone stays, and a reply to it now is said to be ignored', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('alice');
  const old = await hive.broker.send('bob', { to: 'alice', body: 'old' });
  await takeTurn(hive, session);
  await hive.broker.send('alice', { to: 'bob', body: 'a reply that bob never took', in_reply_to: old.id });
  later(hive, 31);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), { messages: 1 });
  assert.equal(hive.broker.messages({ max: 9 }).messages[0]?.in_reply_to, old.id);
  const again = await hive.broker.send('alice', { to: 'bob', body: 'again', in_reply_to: old.id });
  assert.match(again.note ?? '', /was ignored: there is no such message any more/);
});

test('numbers are never given twice: the latest message, event, turn and reminder stay', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  const session = await hive.connect('alice');
  for (const body of ['one', 'two']) await hive.broker.send('bob', { to: 'alice', body });
  await takeTurn(hive, session);
  await scheduler.remind('alice', 'alice', { message: 'look', delay_seconds: 1 });
  await hive.hive.clock.advance(1000);
  await takeTurn(hive, session);
  const latest = ['messages', 'turns', 'reminders'].map(
    (table) => (hive.hive.db.prepare(`SELECT max(id) AS id FROM ${table}`).get() as { id: number }).id,
  );
  later(hive, 400);
  await forget(hive);
  assert.deepEqual(countRows(hive, 'messages', 'turns', 'reminders', 'events', 'reminder_firings'), {
    ...{ messages: 1, turns: 1, reminders: 1, events: 1, reminder_firings: 0 },
  });
  const message = await hive.broker.send('bob', { to: 'alice', body: 'three' });
  const reminder = await scheduler.remind('alice', 'alice', { message: 'look', delay_seconds: 60 });
  const { turn } = await hive.next(session);
  assert.deepEqual(
    [message.id, turn, reminder.id],
    latest.map((id) => id + 1),
  );
  assertSound(hive);
});

test('statistics of turns stay 90 days, with the acts; a turn that had a dead letter stays with it', async () => {
  await using hive = await openTestBroker(['alice', 'bob'], { settings: { attempts: 1 } });
  const session = await hive.connect('alice');
  await hive.broker.send('bob', { to: 'alice', body: 'dead' });
  await takeTurn(hive, session, 'failed');
  for (const body of ['one', 'two']) {
    await hive.broker.send('bob', { to: 'alice', body });
    const { turn, deliveries } = await hive.next(session);
    await hive.broker.recordAct('alice', { kind: 'push', summary: body });
    await hive.broker.send('alice', { to: 'bob', body: `said in ${body}`, turn });
    await hive.broker.turnEnd(
      session,
      report(
        turn,
        'ok',
        deliveries.map((row) => row.delivery),
      ),
    );
  }
  await hive.hive.writer.write('test', (tx) =>
    tx.db
      .prepare(
        `INSERT INTO usage (agent, turn_id, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, complete, at)
         VALUES ('alice', 2, 'm', 1, 1, 0, 0, 1, ?)`,
      )
      .run(tx.now),
  );
  await hive.hive.writer.write('test', (tx) => insertAgentTurns(tx.db, 0, 3));
  later(hive, 89);
  await forget(hive, { events: 36_500 });
  assert.deepEqual(countRows(hive, 'turns', 'acts', 'usage'), { turns: 3, acts: 2, usage: 1 });
  later(hive, 2);
  const removed = await forget(hive, { events: 36_500 });
  assert.deepEqual([removed['turns'], removed['usage']], [1, 1]);
  const left = hive.hive.db.prepare('SELECT id FROM turns ORDER BY id').all();
  assert.deepEqual(left, [{ id: 1 }, { id: 3 }], 'the dead letter’s and the latest');
  assert.deepEqual(countRows(hive, 'agent_turns'), { agent_turns: 2 });
  assert.deepEqual(
    texts(hive).filter((text) => text.startsWith('said')),
    ['said in one', 'said in two'],
  );
  assertSound(hive);
});

test('keys, webhooks, refused hosts, sign-ins and ended reminders go at their time; an operator may set it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await scheduler.remind('alice', 'alice', { message: 'once', delay_seconds: 60, key: 'remind-1' });
  await scheduler.remind('alice', 'alice', { message: 'daily', cron: '0 9 * * *', key: 'remind-2' });
  await scheduler.remind('alice', 'alice', { message: 'latest', cron: '0 9 * * *' });
  await hive.hive.writer.write('test', ({ db, now }) => {
    db.prepare(`INSERT INTO forge_hooks (delivery, at) VALUES ('d', ?)`).run(now);
    db.prepare(
      `INSERT INTO refused_egress (agent, host, port, at, times, remedy) VALUES ('alice', 'h', 443, ?, 1, '')`,
    ).run(now);
    db.prepare(
      `INSERT INTO web_sessions (token_hash, subject, name, created_at, expires_at) VALUES ('t', '1', 'operator', ?, ?)`,
    ).run(now, now);
  });
  await hive.hive.clock.advance(MINUTE);
  const tables = ['keys', 'forge_hooks', 'refused_egress', 'web_sessions', 'reminders', 'reminder_firings'] as const;
  const left = (): number[] => Object.values(countRows(hive, ...tables));
  const kept = { messages: 36_500, ...NOBODY_ELSE };
  later(hive, 2);
  await forget(hive, kept);
  assert.deepEqual(left(), [2, 1, 1, 0, 3, 1], 'a sign-in that ended two days ago');
  await forget(hive, { ...kept, webhooks: 1 });
  assert.deepEqual(left(), [2, 0, 1, 0, 3, 1], 'as the operator set it');
  later(hive, 6);
  await forget(hive, kept);
  assert.deepEqual(left(), [0, 0, 1, 0, 3, 1]);
  later(hive, 23);
  await forget(hive, kept);
  assert.deepEqual(left(), [0, 0, 0, 0, 2, 0], 'the schedules stay');
});

test('who searches and who lists an agent’s messages finds what is left, past holes', async () => {
  const GONE = 250;
  await using hive = await openTestBroker(['alice', 'bob']);
  const { db, writer, clock } = hive.hive;
  const asked = await hive.broker.ask('bob', { to: 'alice', question: 'kept for ever?', multi: false });
  for (let count = 0; count < GONE; count++) await hive.broker.send('bob', { to: 'alice', body: `gone ${count}` });
  await writer.write('test', (tx) => tx.db.prepare(`UPDATE deliveries SET state = 'acked'`).run());
  later(hive, 31);
  for (let many = 0; many < PARTIES_BATCH; many += 300)
    await writer.write('test', (tx) => {
      const to = { to: 'alice', from: 'bob', body: 'never taken', depth: 0 };
      hive.broker.enqueueReminders(
        tx,
        Array.from({ length: 300 }, () => to),
      );
    });
  await clock.advance(0);
  const noted = (): number => {
    const [first] = db
      .prepare(`SELECT message_ids AS ids FROM message_parties WHERE party = 'alice' ORDER BY first_id`)
      .all() as { ids: string }[];
    return (JSON.parse(first?.ids ?? '[]') as number[]).length;
  };
  const found = (): unknown =>
    db.prepare(`SELECT count(*) AS many FROM message_words WHERE message_words MATCH 'gone'`).get();
  assert.deepEqual([noted(), found()], [PARTIES_BATCH, { many: GONE }]);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), { messages: GONE });
  assert.deepEqual([noted(), found()], [PARTIES_BATCH - GONE, { many: 0 }]);
  const oldest = hive.broker.messages({ agent: 'alice', before: GONE + 9, max: 50 }).messages;
  assert.equal(oldest.at(-1)?.ask, asked.id);
  assert.equal(oldest.length, 8);
  assertSound(hive);
});

test('the message that parked a pair stays while the pair is parked', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('alice');
  const { id } = await hive.broker.send('bob', { to: 'alice', body: 'one too many' });
  await takeTurn(hive, session);
  await hive.broker.send('bob', { to: 'alice', body: 'latest' });
  await hive.hive.writer.write('test', (tx) =>
    tx.db
      .prepare(
        `INSERT INTO parked_pairs (left_name, right_name, reason, message_id, parked_at) VALUES ('alice', 'bob', 'loop', ?, 0)`,
      )
      .run(id),
  );
  later(hive, 31);
  assert.deepEqual(await forget(hive, NOBODY_ELSE), {});
  await hive.hive.writer.write('test', (tx) => tx.db.prepare('UPDATE parked_pairs SET released_at = 1').run());
  assert.deepEqual(await forget(hive, NOBODY_ELSE), { messages: 1 });
  assert.deepEqual(countRows(hive, 'parked_pairs'), { parked_pairs: 0 });
});
