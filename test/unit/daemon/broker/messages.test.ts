import assert from 'node:assert/strict';
import test from 'node:test';
import { createEvents } from '#src/daemon/events/index.ts';
import { findPartiesUpTo, PARTIES_BATCH } from '#src/daemon/broker/stores/party-store.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

/** What waits for somebody, without taking it. */
async function waiting(hive: TestBroker, agent: string): Promise<string[]> {
  const answer = await hive.broker.recv(agent, { max: 32 }, new AbortController().signal);
  return answer.messages.map((message) => message.body);
}

test('a message waits for its recipient in the order of ids', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.broker.send('alice', to('bob', 'one'));
  await hive.broker.send('operator', to('bob', 'two'));
  assert.deepEqual(await waiting(hive, 'bob'), ['one', 'two']);
  assert.deepEqual(await waiting(hive, 'alice'), []);
});

test('the same key gives the same id and one message; another sender may use it too', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const keyed = { ...to('bob', 'once'), key: 'key-12345' };
  const [first, second] = await Promise.all([hive.broker.send('alice', keyed), hive.broker.send('alice', keyed)]);
  assert.deepEqual(first, second);
  assert.deepEqual(await hive.broker.send('alice', keyed), first);
  await hive.broker.send('operator', keyed);
  assert.deepEqual(await waiting(hive, 'bob'), ['once', 'once']);
});

test('a recipient that is not there is refused with those that are', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await assert.rejects(hive.broker.send('alice', to('zoe', 'hi')), {
    code: 'not_found',
    message: 'there is no agent "zoe": choose from alice, bob, operator, *',
  });
  await assert.rejects(hive.broker.send('alice', to('alice', 'hi')), { code: 'invalid', message: /reminder/ });
});

test('a message to `manager` in a hive without one is refused with who there is and how to get one', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const message =
    'no agent manages the hive: choose from alice, bob, operator, *; the operator makes a manager with `hive agents add NAME --manager`';
  await assert.rejects(hive.broker.send('alice', to('manager', 'hi')), { code: 'not_found', message });
  await assert.rejects(hive.broker.send('operator', to('manager', 'hi')), { code: 'not_found', message });
});

test('`manager` reaches the agent that manages, whatever its name', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.hive.writer.write('test', (tx) =>
    tx.db.prepare(`UPDATE agents SET config = '{"manager":true}' WHERE name = 'bob'`).run(),
  );
  const { recipients } = await hive.broker.send('alice', to('manager', 'hi'));
  assert.deepEqual(recipients, ['bob']);
});

test('a broadcast is one message with a delivery for every other agent, marked, and wakes no paused one', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  await hive.hive.writer.write('test', (tx) => tx.db.prepare(`UPDATE agents SET paused = 1 WHERE name = 'zoe'`).run());
  const [bob, zoe] = [await hive.connect('bob'), await hive.connect('zoe')];
  const [forBob, forZoe] = [hive.next(bob), hive.next(zoe)];
  const sent = await hive.broker.send('alice', to('*', 'all of you'));
  assert.deepEqual(sent.recipients, ['bob', 'zoe']);
  const turn = await forBob;
  assert.deepEqual(
    turn.deliveries.map(({ id, broadcast }) => ({ id, broadcast })),
    [{ id: sent.id, broadcast: true }],
  );
  await hive.broker.send('alice', to('zoe', 'you'));
  assert.deepEqual(
    (await forZoe).deliveries.map((row) => row.body),
    ['all of you', 'you'],
  );
});

test('in_reply_to is kept for a message one sent or got, and ignored with a word otherwise', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'mallory']);
  const { id } = await hive.broker.send('alice', to('bob', 'question'));
  const kept = await hive.broker.send('bob', { ...to('alice', 'reply'), in_reply_to: id });
  assert.equal(kept.note, null);
  assert.equal(hive.broker.messages({ max: 1 }).messages[0]?.in_reply_to, id);
  const foreign = await hive.broker.send('mallory', { ...to('alice', 'reply'), in_reply_to: id });
  assert.match(foreign.note ?? '', /ignored: you neither sent nor got/);
  const unknown = await hive.broker.send('bob', { ...to('alice', 'reply'), in_reply_to: 999 });
  assert.match(unknown.note ?? '', /ignored: there is no such message/);
  assert.deepEqual(
    hive.broker.messages({ max: 2 }).messages.map((message) => message.in_reply_to),
    [null, null],
  );
});

test('what names a turn that does not run is refused', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('alice');
  const next = hive.next(session);
  await hive.broker.send('operator', to('alice', 'work'));
  const { turn } = await next;
  await hive.broker.send('alice', { ...to('bob', 'in my turn'), turn });
  await hive.broker.turnEnd(session, report(turn, 'ok'));
  await assert.rejects(hive.broker.send('alice', { ...to('bob', 'too late'), turn }), {
    code: 'conflict',
    message: `turn ${turn} of alice is not running: stop, its messages come again`,
  });
});

test("the operator's mail is read once, oldest first; a peek reads nothing", async () => {
  await using hive = await openTestBroker(['alice']);
  await hive.broker.send('alice', to('operator', 'one'));
  await hive.broker.send('alice', to('operator', 'two'));
  assert.equal(hive.broker.totals().unread, 2);
  const peek = await hive.broker.inbox({ peek: true, max: 32 });
  const first = await hive.broker.inbox({ peek: false, max: 1 });
  const rest = await hive.broker.inbox({ peek: false, max: 32 });
  assert.deepEqual([peek.messages.length, peek.remaining], [2, 0]);
  assert.deepEqual([first.messages[0]?.body, first.remaining], ['one', 1]);
  assert.deepEqual([rest.messages[0]?.body, rest.remaining], ['two', 0]);
  assert.deepEqual(await hive.broker.inbox({ peek: false, max: 32 }), { messages: [], remaining: 0 });
  assert.equal(hive.broker.totals().unread, 0);
});

test('the flow shows newest first, of one agent with its broadcasts, with states, and pages', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  for (const body of ['one', 'two']) await hive.broker.send('alice', to('bob', body));
  await hive.broker.send('alice', to('zoe', 'for zoe'));
  await hive.broker.send('zoe', to('*', 'for all'));
  const bodies = (input: Parameters<typeof hive.broker.messages>[0]): string[] =>
    hive.broker.messages(input).messages.map((message) => message.body);
  assert.deepEqual(bodies({ max: 10 }), ['for all', 'for zoe', 'two', 'one']);
  assert.deepEqual(bodies({ agent: 'bob', max: 10 }), ['for all', 'two', 'one']);
  const [latest] = hive.broker.messages({ max: 2 }).messages.slice(-1);
  assert.deepEqual(bodies({ before: latest?.id, max: 10 }), ['two', 'one']);
  const [last] = hive.broker.messages({ agent: 'bob', max: 10 }).messages.slice(-1);
  const [delivery] = last?.deliveries ?? [];
  assert.deepEqual([delivery?.recipient, delivery?.state, delivery?.presented], ['bob', 'queued', false]);
});

test("an agent's flow is whole however many messages there are, also after a restart", async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  const many = PARTIES_BATCH + 500;
  const sends = Array.from({ length: many }, (_, index) => {
    if (index % 500 === 0) return hive.broker.send('zoe', to('*', `${index}`));
    return index % 3 === 0
      ? hive.broker.send('bob', to('alice', `${index}`))
      : hive.broker.send('alice', to(index % 3 === 1 ? 'bob' : 'zoe', `${index}`));
  });
  await Promise.all(sends);
  await hive.hive.clock.advance(0);
  const all = pages(hive, {});
  assert.equal(all.length, many);
  const expected = all.filter(({ from, to: recipient }) => [from, recipient].includes('bob') || recipient === '*');
  const noted = hive.hive.db
    .prepare('SELECT count(DISTINCT value) AS many FROM message_parties, json_each(message_ids)')
    .get();
  assert.deepEqual(noted, { many: PARTIES_BATCH });
  assert.deepEqual(pages(hive, { agent: 'bob' }), expected);
  await hive.hive.writer.write('test', (tx) => tx.db.prepare('DELETE FROM message_parties').run());
  await hive.hive.writer.write('test', (tx) => tx.db.prepare("DELETE FROM facts WHERE name LIKE 'message%'").run());
  await hive.broker.start();
  assert.deepEqual(pages(hive, { agent: 'bob' }), expected);
});

/** Everything that `messages` gives, page by page. */
function pages(hive: TestBroker, filter: { agent?: string }): { id: number; from: string; to: string }[] {
  const all: { id: number; from: string; to: string }[] = [];
  for (let more = true; more;) {
    const page = hive.broker.messages({ ...filter, before: all.at(-1)?.id, max: 200 });
    all.push(...page.messages.map((message) => ({ id: message.id, from: message.from, to: message.to })));
    more = page.more;
  }
  return all;
}

test('lists of long bodies stay small enough for a frame', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const long = '\u0001'.repeat(60_000);
  for (let count = 0; count < 40; count++) await hive.broker.send('alice', to('bob', long));
  const { messages: flow, more } = hive.broker.messages({ max: 200 });
  assert.ok(more && flow.length < 40, 'what does not fit is still to come');
  assert.match(flow[0]?.body ?? '', /… \(58000 more characters\)$/);
  assert.ok(JSON.stringify(flow).length < 1024 * 1024);
});

test('every send is an event with an excerpt', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const heard: unknown[] = [];
  hive.hive.writer.onEvents((events) => heard.push(...events));
  await hive.broker.send('alice', to('bob', 'word '.repeat(100)));
  const [event] = heard as { type: string; from: string; to: string; excerpt: string }[];
  assert.deepEqual([event?.type, event?.from, event?.to], ['message.sent', 'alice', 'bob']);
  assert.match(event?.excerpt ?? '', /^word word .*…$/);
  assert.ok((event?.excerpt.length ?? 999) <= 200);
});

test('a replay tells of messages what was told when they were sent, and leaves out those that were removed', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const events = createEvents(hive.hive);
  const heard: unknown[] = [];
  events.listen((event) => heard.push(event));
  const sends = Array.from({ length: 20 }, (_, index) => hive.broker.send('alice', to('bob', `${index}  is\ntold`)));
  await Promise.all(sends);
  const replay = events.after(0, 100).filter((event) => event.type === 'message.sent');
  assert.deepEqual(replay, heard);
  assert.deepEqual([replay.length, replay[19]?.excerpt], [20, '19 is told']);

  await hive.hive.writer.write('system', (tx) => {
    tx.db.exec('DELETE FROM deliveries WHERE message_id = 1; DELETE FROM messages WHERE id = 1');
  });
  assert.deepEqual(events.after(0, 100), heard.slice(1));
});

test('what an agent reminded itself of fills its pages, also once it is found by its parties', async () => {
  await using hive = await openTestBroker(['alice']);
  const own = Array.from({ length: PARTIES_BATCH }, () => ({ to: 'alice', from: 'alice', body: 'look', depth: 0 }));
  await hive.hive.writer.write('test', (tx) => hive.broker.enqueueReminders(tx, own));
  await hive.hive.clock.advance(0);
  assert.equal(hive.hive.writer.read(findPartiesUpTo), PARTIES_BATCH);
  const page = hive.broker.messages({ agent: 'alice', max: 50 });
  assert.deepEqual([page.messages.length, page.more], [50, true]);
});
