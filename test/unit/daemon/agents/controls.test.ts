import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Controls } from '#src/daemon/agents/controls.ts';
import type { ControlEvent } from '#src/protocol/methods/harness.ts';
import { createTestClock } from '../../../support/clock.ts';

const quiet = new AbortController().signal;

test('an exec that comes before the harness opened its channel waits for it', async () => {
  const controls = new Controls(createTestClock());
  const orders: ControlEvent[] = [];
  const going = controls.exec({ agent: 'alice', argv: ['true'], starting: true }, () => {}, quiet);
  assert.equal(orders.length, 0);
  controls.attach('alice', (event) => orders.push(event));
  assert.deepEqual([await going, orders], [1, [{ type: 'exec', exec: 1, argv: ['true'] }]]);
});

test('a harness that does not come is waited for ten seconds', async () => {
  const clock = createTestClock();
  const controls = new Controls(clock);
  const going = controls.exec({ agent: 'alice', argv: ['true'], starting: true }, () => {}, quiet);
  const refused = assert.rejects(going, { code: 'unavailable', message: /alice is not running/ });
  await clock.advance(10_000);
  await refused;
});

test('without a container there is nothing to wait for', async () => {
  const controls = new Controls(createTestClock());
  const refused = controls.exec({ agent: 'alice', argv: ['true'], starting: false }, () => {}, quiet);
  await assert.rejects(refused, { code: 'unavailable' });
});
