import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversations, oneByOne } from '#src/web/views/conversations.ts';
import { messageView } from '#src/web/views/message.ts';
import { flowMessage, MINUTE, NOW } from '../../../support/hive-views.ts';

function grouped(messages: Parameters<typeof conversations>[0]): number[][] {
  return conversations(messages, NOW).map((talk) => [...talk.earlier.map((message) => message.id), talk.latest.id]);
}

test('what two say to each other is one conversation, the latest last', () => {
  const talk = [flowMessage(1), flowMessage(2, { from: 'bob', to: 'alice' }), flowMessage(3)];
  assert.deepEqual(grouped(talk.toReversed()), [[1, 2, 3]]);
});

test('a reply joins what it answers, however late and with whomever', () => {
  const late = flowMessage(3, { from: 'zoe', to: 'alice', in_reply_to: 1, sent_at: NOW + 60 * MINUTE });
  assert.deepEqual(grouped([flowMessage(1), flowMessage(2, { to: 'zoe' }), late]), [[1, 3], [2]]);
});

test('a pause of more than ten minutes begins a new conversation', () => {
  assert.deepEqual(grouped([flowMessage(1, { sent_at: NOW - 20 * MINUTE }), flowMessage(2)]), [[2], [1]]);
});

test('a thread stays one conversation beside the talk of the same two', () => {
  const messages = [
    flowMessage(1, { ask: 9, kind: 'ask' }),
    flowMessage(2),
    flowMessage(3, { ask: 9, kind: 'answer' }),
  ];
  assert.deepEqual(grouped(messages), [[1, 3], [2]]);
});

test('a broadcast stands alone', () => {
  assert.deepEqual(grouped([flowMessage(1, { to: '*' }), flowMessage(2, { to: '*' })]), [[2], [1]]);
});

test('what was looked for stands one by one, the latest first, whatever it belongs to', () => {
  const found = oneByOne([flowMessage(1), flowMessage(2, { from: 'bob', to: 'alice' }), flowMessage(3)], NOW);
  assert.deepEqual(
    found.map(({ earlier, latest }) => [earlier.length, latest.id]),
    [3, 2, 1].map((id) => [0, id]),
  );
});

test('a message is as far as its last delivery', () => {
  const [delivery] = flowMessage(1).deliveries;
  const states = (...all: ('acked' | 'leased' | 'queued' | 'dead')[]): string | undefined => {
    const deliveries = all.map((state, index) => ({ ...delivery!, id: index + 1, state }));
    return messageView(flowMessage(1, { deliveries }), NOW).delivery?.word;
  };
  assert.equal(states('acked', 'acked'), 'handled');
  assert.equal(states('acked', 'leased'), 'being read');
  assert.equal(states('acked', 'queued', 'leased'), 'waiting');
  assert.equal(states('queued', 'dead'), 'dead letter');
  assert.equal(states(), undefined);
});
