import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resultEvent } from '#src/harness/runtimes/claude/events.ts';
import { isUnknownSession, outcomeOf } from '#src/harness/runtimes/claude/outcome.ts';

const NOW = 1_000_000;
const facts = { retryDelayMs: 0, resetsAt: null, limits: 0, now: NOW };

function outcome(fields: object, more: Partial<typeof facts> | { resetsAt: number } = {}) {
  return outcomeOf(resultEvent.parse({ type: 'result', subtype: 'success', ...fields }), { ...facts, ...more });
}

describe('the outcome of a result', () => {
  const failure = (terminal_reason: string, api_error_status: number | null = null) =>
    outcome({ is_error: true, terminal_reason, api_error_status, result: 'why' }).outcome;

  test('follows error flag, terminal reason and status, never the subtype', () => {
    assert.equal(outcome({ is_error: false, terminal_reason: 'completed' }).outcome, 'ok');
    assert.equal(outcome({ terminal_reason: 'completed' }).outcome, 'failed', 'no flag is no success');
    for (const status of [429, 500, 503, 529]) assert.equal(failure('api_error', status), 'rate_limited');
    for (const status of [401, 403]) assert.equal(failure('api_error', status), 'needs_login');
    for (const reason of ['prompt_too_long', 'blocking_limit']) assert.equal(failure(reason, 400), 'context_full');
    assert.equal(failure('api_error', 400), 'failed');
    assert.equal(failure('api_error'), 'failed');
    assert.equal(failure('max_turns'), 'failed');
  });

  test('of a limit names when to come back: what the provider said, its longest pause, or a minute', () => {
    const limited = { is_error: true, terminal_reason: 'api_error', api_error_status: 429 };
    assert.equal(outcome(limited, { resetsAt: 5_000_000 }).resumeAt, 5_000_000);
    assert.equal(outcome(limited, { retryDelayMs: 600_000 }).resumeAt, NOW + 600_000);
    assert.equal(outcome(limited, { retryDelayMs: 2000 }).resumeAt, NOW + 60_000);
    assert.equal(outcome(limited, { limits: 2 }).resumeAt, NOW + 240_000, 'longer each time');
    assert.equal(outcome(limited, { limits: 50 }).resumeAt, NOW + 1_800_000);
  });

  test('says why, also when the CLI does not', () => {
    assert.equal(
      outcome({ is_error: true, terminal_reason: 'api_error', result: 'API Error: 400' }).error,
      'API Error: 400',
    );
    assert.match(outcome({ is_error: true, terminal_reason: 'max_turns' }).error ?? '', /max_turns/);
  });

  test('a session that the CLI lost is told apart', () => {
    const lost = { type: 'result', is_error: true, errors: ['No conversation found with session ID: x'] };
    assert.ok(isUnknownSession(resultEvent.parse(lost)));
    assert.ok(!isUnknownSession(resultEvent.parse({ ...lost, errors: ['other'] })));
  });
});
