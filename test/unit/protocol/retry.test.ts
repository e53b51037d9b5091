import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jitteredDelay } from '#src/lib/backoff.ts';
import { HiveError } from '#src/lib/errors.ts';
import { retryNote, withRetry } from '#src/protocol/retry.ts';
import { waitUntil } from '../../support/wait.ts';

describe('withRetry', () => {
  test('repeats what may work later and says how often', async () => {
    let tries = 0;
    const { value, retries } = await withRetry(async () => {
      if (++tries < 3) throw new HiveError('unavailable', 'down');
      return 'up';
    });
    assert.deepEqual([value, retries], ['up', 2]);
    assert.match(retryNote(retries), /2 times/);
    assert.equal(retryNote(0), '');
  });

  test('gives up at once on a refusal, and at the end of its budget', async () => {
    let tries = 0;
    const refuse = async (): Promise<never> => {
      tries++;
      throw new HiveError('forbidden', 'no');
    };
    await assert.rejects(withRetry(refuse), { code: 'forbidden', message: 'no' });
    assert.equal(tries, 1);
    const down = async (): Promise<never> => {
      throw new HiveError('unavailable', 'down');
    };
    await assert.rejects(withRetry(down, { budgetMs: 60 }), {
      code: 'unavailable',
      message: /down \(tried \d+ times\)/,
    });
  });

  test('counts its budget from the first failure: a call may have waited long before', async () => {
    let tries = 0;
    const waits = async (): Promise<string> => {
      if (++tries > 1) return 'there';
      const until = performance.now() + 80;
      await waitUntil('the wait is over', () => performance.now() > until);
      throw new HiveError('unavailable', 'down');
    };
    assert.deepEqual(await withRetry(waits, { budgetMs: 60 }), { value: 'there', retries: 1 });
  });

  test('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    const down = async (): Promise<never> => {
      throw new HiveError('unavailable', 'down');
    };
    await assert.rejects(withRetry(down, { signal }), /stop/);
  });
});

test('pauses stay at 20–50 ms while a daemon restarts, then grow up to 1 s', () => {
  assert.equal(
    jitteredDelay(0, () => 0),
    20,
  );
  assert.equal(
    jitteredDelay(0, () => 1),
    50,
  );
  assert.equal(
    jitteredDelay(29, () => 1),
    50,
  );
  assert.equal(
    jitteredDelay(31, () => 0),
    40,
  );
  assert.equal(
    jitteredDelay(60, () => 0.5),
    1000,
  );
});
