import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { callKey } from '#src/harness/mcp/tool.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Thread } from '#src/protocol/shapes.ts';
import { listTools, openToolDesk } from '../../support/mcp.ts';

const LIMIT = 16 * 1024;
const KEY = 'turn-5:toolu_1';

const sent = { id: 3, recipients: ['bob'], parked: false, note: null };
const bytes = (text: string): number => Buffer.byteLength(text);

/** A thread from the operator to alice. */
function thread(id: number, fields: Partial<Thread> = {}): Thread {
  const nobody = { answer: null, answered_by: null, answered_at: null };
  const open = { options: null, multi: false, state: 'open' as const, asked_at: 0, deadline_at: null, url: null };
  return { id, asker: 'operator', target: 'alice', question: `question ${id}`, ...open, ...nobody, ...fields };
}

const MUTATING = ['answer', 'ask', 'cancel_ask', 'cancel_reminder', 'recv', 'remind', 'send', 'set_status'];

describe('the tools of the hive', () => {
  test('are eleven, each with words for a model that say when to use it and what comes back', async () => {
    await using desk = await openToolDesk();
    const listed = await listTools(desk.url);
    const looking = ['list_asks', 'list_reminders', 'whoami'];
    assert.deepEqual(listed.map(({ name }) => name).toSorted(), [...MUTATING, ...looking].toSorted());
    for (const { name, description, inputSchema, annotations } of listed) {
      assert.ok(description.length > 100 && description.length < 800, name);
      assert.equal(annotations['readOnlyHint'], looking.includes(name), name);
      assert.equal(annotations['destructiveHint'], name.startsWith('cancel_'), name);
      assert.equal(annotations['idempotentHint'], !['send', 'ask', 'remind', 'recv'].includes(name), name);
      assert.equal(annotations['openWorldHint'], false, name);
      for (const [field, schema] of Object.entries(inputSchema.properties)) {
        assert.ok(String(schema['description']).length > 10, `${name}.${field} is described`);
        const limited = ['boolean', 'array'].includes(String(schema['type'])) || Object.keys(schema).some((key) => key.startsWith('max')); // prettier-ignore
        assert.ok(limited, `${name}.${field} has limits: ${JSON.stringify(schema)}`);
      }
    }
  });

  test('pass key and turn with everything that changes something', async () => {
    await using desk = await openToolDesk({ send: { ...sent, note: 'in_reply_to was ignored' } });
    const { text } = await desk.use('send', { to: 'bob', body: 'hi' });
    assert.deepEqual(desk.said, [['send', { to: 'bob', body: 'hi', key: KEY, turn: 5 }]]);
    assert.match(text, /Sent as #3 to bob[^]*in_reply_to was ignored[^]*do not wait/);
    methods.send.input.parse(desk.said[0]![1]);
    const inputs: Record<string, object> = {
      ...{
        ask: { question: 'Red?' },
        answer: { id: 1, text: 'yes' },
        cancel_ask: { id: 1 },
        cancel_reminder: { id: 1 },
      },
      ...{ remind: { message: 'x', in: '1h' }, set_status: { text: 'x' } },
    };
    for (const name of MUTATING) {
      desk.said.length = 0;
      await desk.use(name, inputs[name] ?? { to: 'bob', body: 'x' }).catch(() => undefined);
      if (name === 'recv') await desk.use(name, {});
      assert.deepEqual([desk.said[0]?.[1]['key'], desk.said[0]?.[1]['turn']], [KEY, 5], name);
    }
  });

  test('tell of repetitions so that the model does not repeat by itself', async () => {
    await using desk = await openToolDesk({ send: sent });
    desk.retries = 2;
    assert.match((await desk.use('send', { to: 'bob', body: 'x' })).text, /repeated 2 times and took effect only once/);
  });

  test('say of a call without an answer that it may be done, unless it only looks', async () => {
    const down = (): object => {
      throw new HiveError('unavailable', 'the hive is being restarted');
    };
    await using desk = await openToolDesk({ send: down, whoami: down });
    const send = await desk.use('send', { to: 'bob', body: 'x' });
    assert.deepEqual([send.isError, /look before you repeat it/.test(send.text)], [true, true]);
    assert.doesNotMatch((await desk.use('whoami')).text, /repeat/);
  });

  test('refuse what the hive would refuse, with the field and the rule', async () => {
    await using desk = await openToolDesk({ send: sent });
    const refusals: [string, object, RegExp][] = [
      ['send', { to: 'bob', body: '' }, /text is empty/],
      ['send', { to: 'bob', body: 'é'.repeat(32_769) }, /longer than 65536 bytes: push it as a file and send its link/],
      ['send', { to: 'bob', body: 'x', urgent: true }, /urgent/],
      ['recv', { max: 33 }, /max/],
      ['recv', { wait_seconds: 181 }, /wait_seconds/],
      ['ask', { question: 'x', options: ['one'] }, /options/],
      ['ask', { question: 'x', deadline: 'soon' }, /like 90s/],
      ['answer', { id: 0, text: 'x' }, /id/],
      ['set_status', { text: 'x'.repeat(201) }, /text/],
      ['remind', { message: 'x' }, /exactly one of in, at and cron \(you said none\)/],
      ['remind', { message: 'x', in: '1h', cron: '* * * * *' }, /exactly one of in, at and cron \(you said 2\)/],
      ['remind', { message: 'x', in: 'tomorrow' }, /like 90s/],
    ];
    for (const [name, input, words] of refusals) {
      const { text, isError } = await desk.use(name, input);
      assert.ok(isError, `${name} ${JSON.stringify(input).slice(0, 80)}`);
      assert.match(text, words);
    }
    assert.deepEqual(desk.said, []);
    const fits = await desk.use('send', { to: 'bob', body: 'é'.repeat(32_768) });
    assert.equal(fits.isError, false);
  });

  test('a refusal of the hive comes with its words', async () => {
    await using desk = await openToolDesk();
    const { text, isError } = await desk.use('send', { to: 'zoe', body: 'x' });
    assert.deepEqual([isError, text], [true, 'send failed (not_found): no agent "zoe": there are alice and bob']);
  });

  test('send says when its message was held back', async () => {
    await using desk = await openToolDesk({
      send: { ...sent, parked: true, note: 'held back for bob: do not send it again' },
    });
    assert.match(
      (await desk.use('send', { to: 'bob', body: 'x' })).text,
      /^Stored as #3, but held back for bob: do not send it again\.$/,
    );
  });

  test('answer says when its message was held back', async () => {
    const note = 'held back for bob: do not send it again';
    await using desk = await openToolDesk({
      answer: { id: 4, accepted: true, state: 'answered', answer: 'yes', answered_by: 'alice', note },
    });
    const { text } = await desk.use('answer', { id: 4, text: 'yes' });
    assert.match(text, /closed[^]*\nThe message that tells it is held back for bob: do not send it again\.$/);
  });

  test('an answer that came too late says who was first', async () => {
    const late = { id: 4, accepted: false, state: 'answered', answer: 'no', answered_by: 'operator', note: null };
    await using desk = await openToolDesk({ answer: late });
    const { text } = await desk.use('answer', { id: 4, text: 'yes' });
    assert.match(text, /not taken: thread 4 is already answered by operator: no/);
    desk.answers['answer'] = { ...late, answer: '火'.repeat(21_000) };
    assert.ok(bytes((await desk.use('answer', { id: 4, text: 'yes' })).text) < LIMIT);
  });

  test('remind passes a span as seconds, and a time or a schedule with its zone as it is', async () => {
    const due = Date.UTC(2026, 11, 1, 9);
    await using desk = await openToolDesk({ remind: { id: 8, due_at: due, cron: null, timezone: null } });
    const once = await desk.use('remind', { message: 'x', in: '1h30m' });
    assert.equal(desk.said[0]![1]['delay_seconds'], 5400);
    assert.match(once.text, /Reminder 8 is set for 2026-12-01T09:00:00.000Z\.[^]*cancel_reminder\(id: 8\)/);
    const cron = { cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' };
    desk.answers['remind'] = { id: 9, due_at: due, ...cron };
    const again = await desk.use('remind', { message: 'x', ...cron });
    assert.match(again.text, /then again by "0 9 \* \* 1-5" \(Europe\/Berlin\)/);
    await desk.use('remind', { message: 'x', at: '2026-12-01T09:00' });
    const common = { message: 'x', key: KEY, turn: 5 };
    const [, second, third] = desk.said.map(([, fields]) => fields);
    assert.deepEqual(
      [second, third],
      [
        { ...common, ...cron },
        { ...common, at: '2026-12-01T09:00' },
      ],
    );
    for (const [, input] of desk.said) methods.remind.input.parse(input);
  });

  test('list_asks shows what waits for me and what I asked, with age, deadline, options and thread', async () => {
    const now = Date.now();
    const mine = thread(7, { asker: 'alice', target: 'bob', asked_at: now - 3_600_000, url: 'http://forge/7' });
    const waiting = thread(9, { asked_at: now - 60_000, deadline_at: now + 7_210_000, options: ['red', 'blue'] });
    await using desk = await openToolDesk({ asks_list: { mine: [mine], for_me: [waiting] } });
    const { text } = await desk.use('list_asks');
    assert.match(
      text,
      /Waiting for your answer:\n- thread 9 from operator, asked 1m ago, deadline in 2h: "question 9" \[red \| blue\]\n/,
    );
    assert.match(text, /Asked by you:\n- thread 7 to bob, asked 1h ago: "question 7" http:\/\/forge\/7\n/);
    assert.match(text, /answer\(id, text\)[^]*cancel_ask\(id\)/);
    desk.answers['asks_list'] = { mine: [], for_me: [] };
    assert.match((await desk.use('list_asks')).text, /Waiting for your answer: \(empty\)\nAsked by you: \(empty\)\n/);
  });

  test('lists stay below 16 KiB and say how many they leave out', async () => {
    const wide = { question: '火'.repeat(500), options: ['火'.repeat(200), '山'.repeat(200)] };
    const many = Array.from({ length: 100 }, (_, at) => thread(at + 1, wide));
    const reminder = { agent: 'alice', due_at: 0, cron: null, timezone: null, set_by: 'alice', created_at: 0 };
    const reminders = Array.from({ length: 200 }, (_, at) => ({ ...reminder, id: at + 1, message: wide.question }));
    const peers = Array.from({ length: 1000 }, (_, at) => ({ name: `agent-${at}`, role: '火'.repeat(100) }));
    const egress = Array.from({ length: 500 }, (_, at) => `host-${at}.example.org`);
    const me = { name: 'alice', role: '', manager: false, forge: 'http://f', threads: 'http://t', status_text: null };
    await using desk = await openToolDesk({
      asks_list: { mine: many, for_me: many },
      reminders_list: { reminders },
      whoami: { ...me, peers, egress },
    });
    for (const [name, cuts] of [
      ['list_asks', 2],
      ['list_reminders', 1],
      ['whoami', 2],
    ] as const) {
      const { text } = await desk.use(name);
      assert.ok(bytes(text) < LIMIT, `${name}: ${bytes(text)}`);
      const left = [...text.matchAll(/^\(\+(\d+) more: hive /gm)];
      assert.equal(left.length, cuts, name);
    }
    const { text } = await desk.use('list_reminders');
    const shown = text.match(/^- reminder/gm)?.length ?? 0;
    assert.equal(shown + Number(/\(\+(\d+) more/.exec(text)?.[1]), 200);
  });

  test('whatever the hive says stays below 16 KiB', async () => {
    const names = Array.from({ length: 3000 }, (_, at) => `agent-${at}`);
    await using desk = await openToolDesk({ send: { ...sent, recipients: names } });
    assert.match((await desk.use('send', { to: '*', body: 'x' })).text, /to all 3000 other agents/);
    desk.answers['send'] = () => {
      throw new HiveError('not_found', `there are ${names.join(', ')}`);
    };
    const { text } = await desk.use('send', { to: 'zoe', body: 'x' });
    assert.ok(bytes(text) < LIMIT && text.endsWith('(cut)'));
  });

  test('keys are the call’s own when the runtime tells it, else new ones, and always long enough', () => {
    assert.equal(callKey(5, 'toolu_1'), KEY);
    assert.equal(callKey(5, 'toolu_1'), callKey(5, 'toolu_1'));
    assert.notEqual(callKey(5, undefined), callKey(5, undefined));
    assert.ok(callKey(undefined, 'x'.repeat(500)).length <= 128);
    assert.ok(callKey(undefined, 'x').length >= 8);
  });
});
