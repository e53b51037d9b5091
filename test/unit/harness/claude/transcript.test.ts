import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { claudeEvent } from '#src/harness/runtimes/claude/events.ts';
import { newTranscript, takeEvent } from '#src/harness/runtimes/claude/transcript.ts';
import type { Transcript } from '#src/harness/runtimes/claude/transcript.ts';

function take(transcript: Transcript, ...events: object[]): string[] {
  return events.map((event) => {
    const { phase, activity } = takeEvent(transcript, claudeEvent.parse(event));
    return activity === null ? phase : `${phase} ${activity}`;
  });
}

const init = { type: 'system', subtype: 'init', model: 'm-1', session_id: 's' };
const replay = { type: 'user', isReplay: true, message: { role: 'user', content: 'hello' } };
const use = (id: string, name: string, input = {}): object => ({
  type: 'assistant',
  message: { content: [{ type: 'tool_use', id, name, input }] },
});
const result = (id: string, content: unknown, is_error?: boolean): object => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, content, is_error }] },
});
const done = {
  type: 'result',
  is_error: false,
  usage: { input_tokens: 3, output_tokens: 2, cache_read_input_tokens: 1 },
};

describe('the transcript of a turn', () => {
  test('tells what the turn does, event by event', () => {
    const said = take(
      newTranscript(),
      init,
      replay,
      use('a', 'Bash', { command: 'ls -l', description: 'List' }),
      result('a', 'files'),
      use('b', 'mcp__hive__send', { to: 'bob', body: 'x' }),
      result('b', 'ok'),
      done,
    );
    assert.deepEqual(said, ['model', 'model', 'tool Bash: ls -l', 'model', 'tool send: bob', 'model', 'ending']);
  });

  test('counts the prompt as read once it was echoed, not when the CLI only came up', () => {
    const transcript = newTranscript();
    take(transcript, init, { type: 'system', subtype: 'api_retry', retry_delay_ms: 2000 });
    assert.deepEqual([transcript.consumed, transcript.retryDelayMs], [false, 2000]);
    take(transcript, replay);
    assert.ok(transcript.consumed);
  });

  test('counts deliveries as seen only in good results of recv', () => {
    const transcript = newTranscript();
    const head = 'hive-deliveries: 4 5\ntext';
    take(transcript, use('a', 'mcp__hive__recv'), result('a', [{ type: 'text', text: head }]));
    take(transcript, use('b', 'mcp__hive__recv'), result('b', 'hive-deliveries: 6', true));
    take(transcript, use('c', 'Bash'), result('c', 'hive-deliveries: 7'));
    take(transcript, result('unknown', 'hive-deliveries: 8'));
    assert.deepEqual(transcript.seen, [4, 5]);
  });

  test('adds up tokens and tools over several results', () => {
    const transcript = newTranscript();
    take(transcript, init, use('a', 'Bash'), use('b', 'Bash'), done, init, done);
    assert.deepEqual(transcript.tools, { Bash: 2 });
    assert.deepEqual(transcript.tokens, { input: 6, output: 4, cache_read: 2, cache_write: 0 });
    assert.equal(transcript.model, 'm-1');
  });

  test('knows background work and limits of the provider', () => {
    const transcript = newTranscript();
    const tasks = (list: object[]): object => ({ type: 'system', subtype: 'background_tasks_changed', tasks: list });
    assert.deepEqual(take(transcript, tasks([{}]), done, tasks([])), ['model', 'tool background work', 'ending']);
    const limit = { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1000 } };
    take(transcript, limit);
    assert.equal(transcript.resetsAt, 1_000_000);
  });
});
