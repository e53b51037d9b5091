import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SetupEvent, setupEvent } from '#src/protocol/setup.ts';
import { readSetupConfig } from '#src/setup/config.ts';
import { SetupFailure } from '#src/setup/failure.ts';
import { runSetup } from '#src/setup/run.ts';
import type { Step } from '#src/setup/step.ts';

const config = readSetupConfig(['--only', 'node,gitea'], {}, 1000);

async function run(steps: Step[], stop = new AbortController()): Promise<{ ok: boolean; lines: SetupEvent[] }> {
  const lines: SetupEvent[] = [];
  let time = 0;
  const ok = await runSetup(steps, config, {
    print: (event) => lines.push(setupEvent.parse(event)),
    now: () => (time += 10),
    signal: stop.signal,
  });
  return { ok, lines };
}

const node: Step = {
  name: 'node',
  title: 'Node',
  async run({ result, progress }) {
    progress('half', 0.5);
    result.node = { path: '/n/bin/node', dir: '/n', version: '24.21.0' };
    return 'there';
  },
};

const broken: Step = {
  name: 'gitea',
  title: 'Gitea',
  async run() {
    throw new SetupFailure('no room', { fix: ['Make room.'], log: '/logs/gitea.log' });
  },
};

test('tells each step from start to end and ends with the parts', async () => {
  const { ok, lines } = await run([node]);
  assert.equal(ok, true);
  assert.deepEqual(lines, [
    { step: 'node', title: 'Node', state: 'start', ms: 10 },
    { step: 'node', title: 'Node', state: 'progress', ms: 20, detail: 'half', fraction: 0.5 },
    { step: 'node', title: 'Node', state: 'done', ms: 30, detail: 'there' },
    { done: true, ok: true, result: { node: { path: '/n/bin/node', dir: '/n', version: '24.21.0' } } },
  ]);
});

test('stops at a failed step and says where its log is and what is possible', async () => {
  const { ok, lines } = await run([broken, node]);
  assert.equal(ok, false);
  assert.deepEqual(lines.slice(1), [
    {
      step: 'gitea',
      title: 'Gitea',
      state: 'failed',
      ms: 20,
      detail: 'no room',
      fix: ['Make room.'],
      log: '/logs/gitea.log',
    },
    { done: true, ok: false, result: {} },
  ]);
});

test('keeps the parts that were found before a failure', async () => {
  const { lines } = await run([node, broken]);
  assert.deepEqual(lines.at(-1), {
    done: true,
    ok: false,
    result: { node: { path: '/n/bin/node', dir: '/n', version: '24.21.0' } },
  });
});

test('calls an interrupted step stopped, not broken', async () => {
  const stop = new AbortController();
  const interrupted: Step = {
    ...node,
    async run({ signal }) {
      stop.abort();
      signal.throwIfAborted();
      return 'never';
    },
  };
  const { ok, lines } = await run([interrupted], stop);
  assert.equal(ok, false);
  const failed = lines[1];
  assert.ok(failed && 'state' in failed && failed.state === 'failed');
  assert.equal(failed.detail, 'stopped');
});
