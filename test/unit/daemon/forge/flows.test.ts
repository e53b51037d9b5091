import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlows } from '#src/daemon/forge/sign-in/flows.ts';
import { createTestClock } from '../../../support/clock.ts';

const flow = { challenge: { state: 's', nonce: 'n', verifier: 'v' }, returnTo: '/' };

test('a sign-in is taken once, and within ten minutes', async () => {
  const clock = createTestClock();
  const flows = createFlows(clock);
  const first = flows.add(flow);
  assert.equal(flows.take(first)?.returnTo, '/');
  assert.equal(flows.take(first), undefined);
  const second = flows.add(flow);
  await clock.advance(10 * 60_000);
  assert.equal(flows.take(second), undefined);
  assert.equal(flows.take('guess'), undefined);
});

test('beginning without end pushes out the oldest only', () => {
  const flows = createFlows(createTestClock());
  const handles = Array.from({ length: 600 }, () => flows.add(flow));
  assert.equal(flows.take(handles[0]!), undefined);
  assert.ok(flows.take(handles[599]!));
  assert.ok(flows.take(handles[200]!));
});
