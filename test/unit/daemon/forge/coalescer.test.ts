import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCoalescer } from '#src/daemon/forge/webhook/coalescer.ts';
import { createTestClock } from '../../../support/clock.ts';

function collect() {
  const clock = createTestClock();
  const delivered: [string, string][] = [];
  const coalescer = createCoalescer(clock, (agent, text) => void delivered.push([agent, text]));
  return { clock, delivered, coalescer };
}

test('what comes within the window is one message per agent, each text once', async () => {
  const { clock, delivered, coalescer } = collect();
  coalescer.add('alice', 'a review');
  coalescer.add('bob', 'a merge');
  coalescer.add('alice', 'a comment');
  coalescer.add('alice', 'a review');
  assert.deepEqual(delivered, []);
  await clock.advance(400);
  assert.deepEqual(delivered, [
    ['alice', 'a review\n\na comment'],
    ['bob', 'a merge'],
  ]);
  coalescer.add('alice', 'later');
  await clock.advance(400);
  assert.deepEqual(delivered.at(-1), ['alice', 'later']);
  assert.equal(clock.timers(), 0);
});

test('an agent that is talked about without end still gets its message after the window', async () => {
  const { clock, delivered, coalescer } = collect();
  for (let n = 1; n <= 30; n++) {
    coalescer.add('alice', `text ${n}`);
    await clock.advance(10);
  }
  await clock.advance(100);
  assert.equal(delivered.length, 1);
  assert.match(delivered[0]![1], /text 20\n\nand 10 more: look at the forge$/);
});

test('stopping hands on what waits', () => {
  const { clock, delivered, coalescer } = collect();
  coalescer.add('alice', 'a review');
  coalescer.flush();
  assert.deepEqual(delivered, [['alice', 'a review']]);
  assert.equal(clock.timers(), 0);
});
