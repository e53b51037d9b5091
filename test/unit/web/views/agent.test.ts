import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentView } from '#src/web/views/agent.ts';
import { personView } from '#src/web/views/person.ts';
import { agentRow, MINUTE, NOW, thread } from '../../../support/hive-views.ts';

test('an idle agent whose ask is open needs the operator since it asked', () => {
  const view = agentView(agentRow('alice'), [thread({ asked_at: NOW - 2 * MINUTE })], NOW);
  assert.deepEqual([view.state.word, view.since.ago], ['needs you', '2m']);
});

test('an agent that works is working, whatever it asked', () => {
  const row = agentRow('alice', { state: 'working', activity: 'Bash: make', status_text: 'building' });
  const view = agentView(row, [thread()], NOW);
  assert.deepEqual(
    [view.state.word, view.now, view.status],
    ['working', { text: 'Bash: make', code: true }, 'building'],
  );
});

test('the ask of another agent changes nothing', () => {
  assert.equal(agentView(agentRow('bob'), [thread()], NOW).state.word, 'idle');
});

test('a state that has a reason shows it, an idle agent what it said of itself', () => {
  const failed = agentView(agentRow('zoe', { state: 'failed', detail: 'out of memory' }), [], NOW);
  assert.deepEqual(failed.now, { text: 'out of memory', code: false });
  const idle = agentView(agentRow('zoe', { status_text: 'all done' }), [], NOW);
  assert.deepEqual([idle.now, idle.status], [{ text: 'all done', code: false }, null]);
});

test('a name gives initials, a page and always the same tint', () => {
  const view = personView('ci-watch');
  assert.deepEqual([view.initials, view.href], ['cw', '/agents/ci-watch']);
  assert.match(view.tint, /^tint-(\d|1[01])$/);
  assert.deepEqual(
    [personView('operator').label, personView('*').label, personView('hive').href],
    ['you', 'everyone', null],
  );
  assert.equal(personView('operator').initials, 'yo', 'no wider than what everybody has');
});
