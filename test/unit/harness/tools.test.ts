import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { callKey } from '#src/harness/mcp/tool.ts';
import type { ToolCall } from '#src/harness/mcp/tool.ts';
import { tools } from '#src/harness/mcp/tools/index.ts';
import { newTurn } from '#src/harness/turn/current-turn.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { received } from '../../support/harness.ts';

type Answers = Partial<Record<string, object>>;

/** Calls a tool against a hive that gives these answers; `said` = what was asked of it. */
async function use(
  name: string,
  input: Record<string, unknown>,
  answers: Answers,
  turn = newTurn(5, () => {}),
  retries = 0,
) {
  const said: [string, Record<string, unknown>][] = [];
  const call = async (method: { cmd: string }, fields: Record<string, unknown>) => {
    said.push([method.cmd, fields]);
    const value = answers[method.cmd];
    if (!value) throw new HiveError('not_found', `no agent "zoe": there are alice and bob`);
    return { value, retries };
  };
  const tool = tools.find((each) => each.name === name)!;
  const context = {
    link: { call },
    slot: { current: turn },
    key: 'the-key-1',
    turn: turn.id,
    signal: new AbortController().signal,
  };
  const text = await tool.run(input, context as unknown as ToolCall);
  return { text, said };
}

describe('the tools of the hive', () => {
  test('are few, each with words for a model that say when to use it and what comes back', () => {
    assert.deepEqual(tools.map(({ name }) => name).toSorted(), ['answer', 'ask', 'recv', 'remind', 'send', 'set_status', 'whoami']); // prettier-ignore
    for (const { name, description } of tools) assert.ok(description.length > 100, name);
  });

  test('pass key and turn with everything that changes something', async () => {
    const { text, said } = await use('send', { to: 'bob', body: 'hi' }, { send: { id: 3, recipients: ['bob'], note: 'in_reply_to was ignored' } }); // prettier-ignore
    assert.deepEqual(said, [['send', { to: 'bob', body: 'hi', key: 'the-key-1', turn: 5 }]]);
    assert.match(text, /Sent as #3 to bob[^]*in_reply_to was ignored[^]*do not wait/);
    methods.send.input.parse(said[0]![1]);
  });

  test('tell of repetitions so that the model does not repeat by itself', async () => {
    const { text } = await use(
      'remind',
      { message: 'x', delay_seconds: 1 },
      { remind: { id: 1, due_at: 0 } },
      undefined,
      2,
    );
    assert.match(text, /repeated 2 times and took effect only once/);
  });

  test('recv takes into the turn, shows what fits, keeps the rest for the next call', async () => {
    const turn = newTurn(5, () => {});
    const messages = [received(1, { body: 'a'.repeat(9000) }), received(2, { body: 'b'.repeat(9000) })];
    const first = await use('recv', { max: 2 }, { recv: { messages, remaining: 1, note: null } }, turn);
    assert.deepEqual(first.said, [['recv', { max: 2, turn: 5 }]]);
    assert.match(first.text, /^hive-deliveries: 1\n[^]*\(\+2 more queued; call recv\(max: 2\) before acting\)$/);
    const second = await use('recv', { max: 1 }, {}, turn);
    assert.deepEqual(second.said, []);
    assert.match(second.text, /^hive-deliveries: 2\n/);
    assert.deepEqual([...turn.shown], [1, 2]);
    const empty = await use('recv', { max: 1 }, { recv: { messages: [], remaining: 0, note: 'why' } }, turn);
    assert.equal(empty.text, '(empty)\nwhy');
  });

  test('an answer that came too late says who was first', async () => {
    const late = { id: 4, accepted: false, state: 'answered', answer: 'no', answered_by: 'operator' };
    const { text } = await use('answer', { id: 4, text: 'yes' }, { answer: late });
    assert.match(text, /not taken: thread 4 is already answered by operator: no/);
  });

  test('a refusal of the hive is thrown with its words', async () => {
    await assert.rejects(use('send', { to: 'zoe', body: 'x' }, {}), {
      code: 'not_found',
      message: /there are alice and bob/,
    });
  });

  test('keys are the call’s own when the runtime tells it, else new ones, and always long enough', () => {
    assert.equal(callKey(5, 'toolu_1'), 'turn-5:toolu_1');
    assert.equal(callKey(5, 'toolu_1'), callKey(5, 'toolu_1'));
    assert.notEqual(callKey(5, undefined), callKey(5, undefined));
    assert.ok(callKey(undefined, 'x'.repeat(500)).length <= 128);
    assert.ok(callKey(undefined, 'x').length >= 8);
  });
});
