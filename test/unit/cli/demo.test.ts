import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STORY } from '#src/cli/demo/story.ts';
import { verdictOf } from '#src/cli/demo/verdict.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';

const delivery = {
  id: 1,
  recipient: 'alice',
  state: 'acked',
  attempts: 0,
  changed_at: 0,
  presented: true,
  dismissed: false,
} as const;
const row: FlowMessage = {
  id: 1,
  from: 'bob',
  to: 'alice',
  kind: 'message',
  body: 'hello',
  sent_at: 0,
  in_reply_to: null,
  ask: null,
  deliveries: [delivery],
};

test('acked deliveries are neither lost nor doubled', () => {
  assert.deepEqual(verdictOf([row]), { messages: 1, lost: 0, duplicated: 0 });
});

for (const state of ['queued', 'leased', 'dead', 'parked'] as const) {
  test(`a ${state} delivery to an agent is lost`, () => {
    assert.equal(verdictOf([{ ...row, deliveries: [{ ...delivery, state }] }]).lost, 1);
  });
}

test('what waits for the operator is not lost', () => {
  assert.equal(verdictOf([{ ...row, deliveries: [{ ...delivery, recipient: 'operator', state: 'queued' }] }]).lost, 0);
});

test('the same words twice, or a second attempt, are duplicates', () => {
  assert.equal(verdictOf([row, { ...row, id: 2 }]).duplicated, 1);
  assert.equal(verdictOf([{ ...row, deliveries: [{ ...delivery, attempts: 2 }] }]).duplicated, 1);
  assert.equal(verdictOf([row, { ...row, id: 2, ask: 4 }]).duplicated, 0);
});

test('each kind of event ticks off its own step', () => {
  const event: HiveEvent = {
    seq: 1,
    at: 0,
    type: 'ask.changed',
    ask: 3,
    asker: 'manager',
    target: 'alice',
    state: 'open',
    excerpt: '',
  };
  assert.deepEqual(
    STORY.filter((step) => step.seen(event)).map((step) => step.name),
    ['the manager asks alice'],
  );
});
