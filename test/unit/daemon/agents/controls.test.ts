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
  controls.attach('alice', (event) => void orders.push(event));
  assert.deepEqual(orders, [{ type: 'exec', exec: await going, argv: ['true'] }]);
});

test('orders go to the harness that came last, and the end of an earlier one does not end that', () => {
  const controls = new Controls(createTestClock());
  const orders: string[] = [];
  const channel = (name: string) => () => void orders.push(name);
  const stop: ControlEvent = { type: 'stop', reason: 'test' };
  const end = controls.attach('alice', channel('first'));
  controls.order('alice', stop);
  const next = controls.attach('alice', channel('next'));
  end();
  assert.equal(controls.order('alice', stop), true);
  assert.deepEqual(orders, ['first', 'next']);
  next();
  assert.equal(controls.order('alice', stop), false);
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

test('an exec that nobody watches any more is ended in its container, one that ended by itself is not', async () => {
  const controls = new Controls(createTestClock());
  const orders: ControlEvent[] = [];
  controls.attach('alice', (event) => void orders.push(event));
  const watching = new AbortController();
  const run = (): Promise<number> =>
    controls.exec({ agent: 'alice', argv: ['true'], starting: false }, () => {}, watching.signal);
  const [ended, running] = [await run(), await run()];
  controls.execOutput('alice', { exec: ended, exit_code: 0 });
  watching.abort();
  assert.deepEqual(orders.slice(2), [{ type: 'end_exec', exec: running }]);
});

test('execs of a harness whose place another one takes are over, and its own when it goes', async () => {
  const controls = new Controls(createTestClock());
  const exits: string[] = [];
  const run = (name: string): Promise<number> =>
    controls.exec(
      { agent: 'alice', argv: ['true'], starting: false },
      (event) => event.type === 'exit' && exits.push(`${name} ${event.exit_code}`),
      quiet,
    );
  const end = controls.attach('alice', () => {});
  await run('first');
  const endNext = controls.attach('alice', () => {});
  await run('next');
  end();
  assert.deepEqual(exits, ['first 255']);
  endNext();
  assert.deepEqual(exits, ['first 255', 'next 255']);
});

test('what is left of a command of an earlier daemon is not taken for one of this one', async () => {
  const told: unknown[] = [];
  const run = (): { controls: Controls; exec: Promise<number> } => {
    const controls = new Controls(createTestClock());
    controls.attach('alice', () => {});
    const command = { agent: 'alice', argv: ['true'], starting: false };
    return { controls, exec: controls.exec(command, (event) => void told.push(event), quiet) };
  };
  const [earlier, now] = [run(), run()];
  now.controls.execOutput('alice', { exec: await earlier.exec, exit_code: 3 });
  assert.deepEqual(told, []);
  now.controls.execOutput('alice', { exec: await now.exec, exit_code: 0 });
  assert.deepEqual(told, [{ type: 'exit', exit_code: 0 }]);
});
