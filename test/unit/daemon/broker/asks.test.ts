import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

const question = (recipient: string): Parameters<TestBroker['broker']['ask']>[1] => ({
  to: recipient,
  question: 'blue or green?',
  options: ['blue', 'green'],
  multi: false,
});

/** What the forge still has to be told, as `kind author body`. */
function outbox(hive: TestBroker): string[] {
  const rows = hive.hive.db.prepare('SELECT kind, author, body FROM forge_outbox ORDER BY id').all();
  return (rows as { kind: string; author: string; body: string }[]).map((row) =>
    `${row.kind} ${row.author} ${row.body}`.trim(),
  );
}

/** What waits for an agent. */
async function mail(hive: TestBroker, agent: string): Promise<{ kind: string; from: string; body: string }[]> {
  const { messages } = await hive.broker.recv(agent, { max: 32 }, new AbortController().signal);
  return messages.map(({ kind, from, body }) => ({ kind, from, body }));
}

test('an ask is a message to its target, a thread, and an issue to come', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const asked = await hive.broker.ask('alice', question('bob'));
  assert.equal(asked.thread, `http://dashboard/threads/${asked.id}`);
  const [delivery] = (await hive.next(session)).deliveries;
  assert.deepEqual(
    [delivery?.kind, delivery?.from, delivery?.body, delivery?.ask, delivery?.options, delivery?.thread_url],
    ['ask', 'alice', 'blue or green?', asked.id, ['blue', 'green'], asked.thread],
  );
  assert.deepEqual(outbox(hive), ['open alice blue or green?']);
  assert.equal(hive.asked.outbox, 1);
});

test('the first answer wins and goes to the asker; the second is told who was first', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  const [first, second] = await Promise.all([
    hive.broker.answer('bob', { id, text: 'blue' }),
    hive.broker.answer('operator', { id, text: 'green' }),
  ]);
  assert.deepEqual([first.accepted, first.answer, first.answered_by], [true, 'blue', 'bob']);
  assert.deepEqual(
    [second.accepted, second.answer, second.answered_by, second.state],
    [false, 'blue', 'bob', 'answered'],
  );
  assert.deepEqual(await mail(hive, 'alice'), [{ kind: 'answer', from: 'bob', body: 'blue' }]);
  assert.deepEqual(outbox(hive), ['open alice blue or green?', 'comment bob blue', 'close bob']);
  const { thread, messages } = hive.broker.thread(id);
  assert.deepEqual([thread.state, thread.answer], ['answered', 'blue']);
  assert.deepEqual(
    messages.map((message) => [message.kind, message.in_reply_to]),
    [
      ['ask', null],
      ['answer', messages[0]?.id],
    ],
  );
});

test('an answer that stands on the forge already is not written there again', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('operator'));
  await hive.broker.answer('operator', { id, text: 'blue' }, 77);
  assert.deepEqual(outbox(hive).slice(1), ['close operator']);
});

test('only the target or the operator answers', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'mallory']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  const refused = { code: 'forbidden', message: `ask ${id} is for bob: only bob or the operator answers it` };
  await assert.rejects(hive.broker.answer('mallory', { id, text: 'red' }), refused);
  await assert.rejects(hive.broker.answer('alice', { id, text: 'red' }), refused);
  await assert.rejects(hive.broker.answer('bob', { id: 99, text: 'red' }), { code: 'not_found' });
  assert.equal(hive.broker.thread(id).thread.state, 'open');
});

test("the operator's question leaves the inbox once it is answered elsewhere", async () => {
  await using hive = await openTestBroker(['alice']);
  const { id } = await hive.broker.ask('alice', question('operator'));
  assert.equal(hive.broker.totals().unread, 1);
  await hive.broker.answer('operator', { id, text: 'blue' });
  assert.deepEqual([hive.broker.totals().unread, hive.broker.totals().openAsks], [0, 0]);
});

test('a target that sees an ask late is told that it is over', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  await hive.broker.answer('operator', { id, text: 'blue' });
  const [late] = await mail(hive, 'bob');
  assert.match(late?.body ?? '', /\(ask 1 is already answered by operator: no answer is needed\)$/);
});

test('a deadline that passes says that nobody answered; a late answer still arrives', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { askDeadlines } = hive.broker;
  const { id } = await hive.broker.ask('alice', { ...question('bob'), deadline_seconds: 60 });
  const due = hive.hive.writer.read((db) => askDeadlines.nextDue(db));
  assert.equal(due, hive.hive.clock.now() + 60_000);
  assert.equal(await hive.hive.writer.write('scheduler', (tx) => askDeadlines.fire(tx, 500)), 0);
  await hive.hive.clock.advance(60_000);
  assert.equal(await hive.hive.writer.write('scheduler', (tx) => askDeadlines.fire(tx, 500)), 1);
  assert.equal(
    hive.hive.writer.read((db) => askDeadlines.nextDue(db)),
    null,
  );
  const [told] = await mail(hive, 'alice');
  assert.match(told?.body ?? '', /^Nobody answered ask 1 to bob before its deadline .* This is not consent/);
  assert.equal(hive.broker.thread(id).thread.state, 'expired');
  const answer = await hive.broker.answer('bob', { id, text: 'blue' });
  assert.deepEqual([answer.accepted, answer.state], [true, 'answered']);
  assert.deepEqual((await mail(hive, 'alice')).at(-1), { kind: 'answer', from: 'bob', body: 'blue' });
});

test('the asker alone cancels, and the target is told without being woken', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  await assert.rejects(hive.broker.cancelAsk('bob', { id }), { code: 'forbidden' });
  await hive.broker.cancelAsk('alice', { id });
  await assert.rejects(hive.broker.cancelAsk('alice', { id }), { code: 'conflict', message: /already cancelled/ });
  const [asked, told] = await mail(hive, 'bob');
  assert.match(asked?.body ?? '', /already cancelled/);
  assert.match(told?.body ?? '', /^alice cancelled ask 1/);
  const late = await hive.broker.answer('bob', { id, text: 'blue' });
  assert.deepEqual([late.accepted, late.state], [false, 'cancelled']);
  assert.deepEqual(outbox(hive).slice(1), ['comment alice Cancelled by its asker.', 'close alice']);
});

test('a target whose turn holds the question is woken by the cancel: it can stop answering', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const { id } = await hive.broker.ask('alice', question('bob'));
  const { turn } = await hive.next(session);
  assert.equal(hive.broker.mailWaiting(session, turn).count, 0);
  await hive.broker.cancelAsk('alice', { id });
  assert.deepEqual(hive.broker.mailWaiting(session, turn), { count: 1, senders: ['system'] });
});

test('a target that had the question in an earlier turn is told without being woken', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const { id } = await hive.broker.ask('alice', question('bob'));
  const { turn, deliveries } = await hive.next(session);
  await hive.broker.turnEnd(session, report(turn, 'ok', [deliveries[0]?.delivery ?? 0]));
  const waiting = hive.next(session);
  await hive.broker.cancelAsk('alice', { id });
  assert.deepEqual([hive.broker.runningTurn('bob'), hive.broker.counts('bob').queued], [null, 1]);
  await hive.broker.send('alice', to('bob', 'something that wakes'));
  assert.match((await waiting).deliveries[0]?.body ?? '', /^alice cancelled ask 1/);
});

test('the same key cancels once; an ask that is over cannot be cancelled', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  const keyed = { id, key: 'cancel-1' };
  assert.deepEqual(await hive.broker.cancelAsk('alice', keyed), { id, state: 'cancelled' });
  assert.deepEqual(await hive.broker.cancelAsk('alice', keyed), { id, state: 'cancelled' });
  assert.equal((await mail(hive, 'bob')).length, 2, 'the target is told once');
  const answered = await hive.broker.ask('alice', question('bob'));
  await hive.broker.answer('bob', { id: answered.id, text: 'blue' });
  await assert.rejects(hive.broker.cancelAsk('alice', { id: answered.id }), {
    code: 'conflict',
    message: `ask ${answered.id} is already answered: it cannot be cancelled`,
  });
});

test('the operator cancels what it asked itself, and nobody else’s', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('operator', question('bob'));
  const others = await hive.broker.ask('alice', question('bob'));
  await assert.rejects(hive.broker.cancelAsk('operator', { id: others.id }), {
    code: 'forbidden',
    message: `ask ${others.id} is alice's: only its asker cancels it`,
  });
  assert.equal((await hive.broker.cancelAsk('operator', { id })).state, 'cancelled');
});

test('whoever did not ask may close the page: the ask stays open, its page opens again and says how to end it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  await hive.broker.keepAskOpen(id, 'operator');
  assert.equal(hive.broker.thread(id).thread.state, 'open');
  const [, said, reopened, ...others] = outbox(hive);
  assert.match(said ?? '', /^comment system operator closed this page, but ask 1 is still open: bob or the operator/);
  assert.deepEqual([reopened, others], ['reopen system', []]);
  await hive.broker.answer('bob', { id, text: 'blue' });
  await hive.broker.keepAskOpen(id, 'operator');
  assert.deepEqual(outbox(hive).slice(3), ['comment bob blue', 'close bob'], 'an ask that is over stays closed');
});

test('an agent lists the open asks that are its own and those that wait for it, oldest first', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
  for (const [from, target] of [
    ['alice', 'bob'],
    ['bob', 'alice'],
    ['alice', 'operator'],
    ['zoe', 'bob'],
    ['alice', 'zoe'],
  ] as const)
    await hive.broker.ask(from, question(target));
  await hive.broker.answer('zoe', { id: 5, text: 'blue' });
  const list = (who: string, max = 50): number[][] => {
    const { mine, for_me: waiting } = hive.broker.asksOf(who, max);
    return [mine.map((thread) => thread.id), waiting.map((thread) => thread.id)];
  };
  assert.deepEqual(list('alice'), [[1, 3], [2]]);
  assert.deepEqual(list('bob'), [[2], [1, 4]]);
  assert.deepEqual(list('operator'), [[], [3]]);
  assert.deepEqual(list('alice', 1), [[1], [2]]);
  assert.equal(hive.broker.asksOf('alice', 1).mine[0]?.asked_at, hive.hive.clock.now());
});

test('a reply into a thread becomes a comment on its issue, not an answer', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id, message } = await hive.broker.ask('alice', question('bob'));
  await hive.broker.send('bob', { ...to('alice', 'which blue?'), in_reply_to: message });
  assert.equal(hive.broker.thread(id).thread.state, 'open');
  assert.deepEqual(outbox(hive).slice(1), ['comment bob which blue?']);
  assert.deepEqual(
    hive.broker.thread(id).messages.map((row) => row.body),
    ['blue or green?', 'which blue?'],
  );
});

test('threads are listed open ones first, newest first, by state', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  for (let count = 0; count < 4; count++) await hive.broker.ask('alice', question('bob'));
  await hive.broker.answer('bob', { id: 4, text: 'blue' });
  const list = (input: Parameters<TestBroker['broker']['threads']>[0]): number[] =>
    hive.broker.threads(input).map((thread) => thread.id);
  assert.deepEqual(list({ max: 50 }), [3, 2, 1, 4]);
  assert.deepEqual(list({ max: 2 }), [3, 2]);
  assert.deepEqual(list({ state: 'open', max: 50 }), [3, 2, 1]);
  assert.deepEqual(list({ state: 'answered', max: 50 }), [4]);
});

test('an ask is found by its issue, and links to it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const { id } = await hive.broker.ask('alice', question('bob'));
  await hive.hive.writer.write('forge', (tx) =>
    tx.db.prepare('UPDATE asks SET issue_number = 12 WHERE id = ?').run(id),
  );
  assert.equal(hive.broker.askByIssue(12)?.id, id);
  assert.equal(hive.broker.askByIssue(12)?.url, 'http://forge/issues/12');
  assert.equal(hive.broker.askByIssue(13), undefined);
});

test('the same key asks and answers once', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const asks = await Promise.all([1, 2].map(() => hive.broker.ask('alice', { ...question('bob'), key: 'ask-1234' })));
  assert.deepEqual(asks[0], asks[1]);
  const keyed = { id: 1, text: 'blue', key: 'answer-1' };
  const answers = [await hive.broker.answer('bob', keyed), await hive.broker.answer('bob', keyed)];
  assert.deepEqual(
    answers.map((answer) => answer.accepted),
    [true, true],
  );
});

test('an answer that already stands on the forge counts although its session was given up meanwhile', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const { id } = await hive.broker.ask('alice', question('bob'));
  await hive.broker.fence(session);
  await assert.rejects(hive.broker.answer('bob', { id, text: 'green' }), /the session of bob was given up/);
  const { accepted } = await hive.broker.answer('bob', { id, text: 'blue' }, 7);
  assert.ok(accepted);
  assert.deepEqual(await mail(hive, 'alice'), [{ kind: 'answer', from: 'bob', body: 'blue' }]);
});
