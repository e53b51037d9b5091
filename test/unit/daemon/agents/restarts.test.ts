import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Restarts } from '#src/daemon/agents/restarts.ts';
import { createTestClock } from '../../../support/clock.ts';

test('pauses grow with each death in a row, and the retry comes when one is over', async () => {
  const clock = createTestClock();
  const retried: string[] = [];
  const restarts = new Restarts(clock, [1000, 2000, 5000], (agent) => retried.push(agent));
  for (const pause of [1000, 2000, 5000, 5000]) {
    restarts.started('alice');
    restarts.failed('alice', 'exit code 1');
    await clock.advance(pause - 1);
    assert.equal(restarts.mayStart('alice'), false);
    await clock.advance(1);
    assert.equal(restarts.mayStart('alice'), true);
  }
  assert.equal(retried.length, 4);
  assert.equal(restarts.mayStart('bob'), true);
});

test('the third death in a row is shown; one after a long life counts as the first', async () => {
  const clock = createTestClock();
  const restarts = new Restarts(clock, [1000], () => undefined);
  restarts.failed('alice', 'exit code 1');
  restarts.failed('alice', 'exit code 1');
  assert.equal(restarts.failure('alice'), null);
  restarts.failed('alice', 'exit code 1');
  assert.match(restarts.failure('alice') ?? '', /exit code 1 \(3 times in a row\)/);
  restarts.started('alice');
  await clock.advance(60_000);
  restarts.failed('alice', 'exit code 1');
  assert.equal(restarts.failure('alice'), null);
  restarts.forgive('alice');
  assert.equal(restarts.mayStart('alice'), true);
});
