import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { Logger } from 'pino';
import { createLink } from '#src/harness/link.ts';
import type { Link } from '#src/harness/link.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { startScriptedDaemon } from '../support/scripted-daemon.ts';
import type { Answer, ScriptedDaemon } from '../support/scripted-daemon.ts';
import { waitUntil } from '../support/wait.ts';

const CONFIG = {
  ...{ agent: 'alice', manager: false, runtime: 'command', model: null, command: null, prompt: '' },
  ...{ forge: { host: '127.0.0.1', port: 1 }, login: null, egress: [] },
};

interface Rig extends AsyncDisposable {
  daemon: ScriptedDaemon;
  link: Link;
  /** Tries that found no daemon. */
  misses(): number;
}

/** A harness's link against a daemon that a test kills. */
async function startLink(overrides: Record<string, Answer> = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-link-'));
  const socket = join(folder, 'hive.sock');
  const hello = (): object => ({ session: 1, resumed: true, turn: null, config: CONFIG });
  const daemon = await startScriptedDaemon(socket, {
    ...{ hello, mail_waiting: () => ({ count: 0, senders: [] }) },
    ...overrides,
  });
  const over = new AbortController();
  let misses = 0;
  const log = { info: () => undefined, debug: () => void misses++ } as unknown as Logger;
  const link = createLink({
    ...{ socket, log, nonce: 'n'.repeat(64), build: 'test' },
    onHello: async () => undefined,
    onControl: () => undefined,
  });
  const done = link.run(over.signal);
  return {
    ...{ daemon, link, misses: () => misses },
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
      await daemon[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(link: Link): Promise<void> {
  await link.call(methods.mailWaiting, { turn: 1 }, { budgetMs: Infinity });
}

test('a link comes back whenever its socket is made again', async () => {
  await using rig = await startLink();
  await answers(rig.link);
  for (let restart = 1; restart <= 4; restart++) {
    await rig.daemon.kill();
    const before = rig.misses();
    await waitUntil('it was seen to be down', () => rig.misses() > before);
    await rig.daemon.listen();
    await answers(rig.link);
    assert.equal(rig.daemon.of('hello').length, restart + 1);
  }
});

test('a link whose daemon goes while it connects, and once more, ends up with one connection that serves', async () => {
  let cuts = 2;
  const hello: Answer = (_call, peer) => {
    if (cuts-- > 0) peer.cut();
    return { session: 1, resumed: true, turn: null, config: CONFIG };
  };
  await using rig = await startLink({ hello });
  await answers(rig.link);
  cuts = 1;
  for (let time = 0; time < 2; time++) {
    await rig.daemon.kill();
    await rig.daemon.listen();
  }
  await answers(rig.link);
  const last = rig.daemon.calls.at(-1);
  assert.equal(last?.connection, rig.daemon.of('hello').at(-1)?.connection);
});

/** Watches a folder as it is bind-mounted into a container, and prints what it is told of. */
const WATCHER = `
  const { watch } = require('node:fs');
  watch('/run/hive', (kind, name) => console.log(kind + ' ' + name));
  console.log('watching');`;

test('a container is told of a socket that is made in a folder bound into it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hive-bound-'));
  const namespaces = ['--unshare-user', '--unshare-pid', '--unshare-net', '--die-with-parent'];
  const mounts = ['--ro-bind', '/', '/', '--tmpfs', '/run', '--ro-bind', folder, '/run/hive', '--proc', '/proc'];
  const child = spawn('bwrap', [...namespaces, ...mounts, '--', process.execPath, '-e', WATCHER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  try {
    assert.equal((await lines.next()).value, 'watching');
    await using daemon = await startScriptedDaemon(join(folder, 'hive.sock'), {});
    assert.equal((await lines.next()).value, 'rename hive.sock');
    await daemon.kill();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
});
