import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import { DaemonProcess } from '../support/hive/daemon-process.ts';
import { waitUntil } from '../support/wait.ts';

const INSTALL = resolve(import.meta.dirname, '../..');

test('a daemon that runs from its sources and is killed has left what it compiled to the next one', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'hive-compiled-'));
  try {
    await using hive = await startHive({ install: INSTALL, env: { NODE_COMPILE_CACHE: cache } });
    await hive.killDaemon('SIGKILL');
    const kept = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const sizes = kept.map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) > 1_000_000);
  } finally {
    rmSync(cache, { recursive: true });
  }
});

test('a supervisor runs the daemon from its bundle, after a crash too', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'hive-cache-'));
  const node = join(cache, 'node');
  try {
    await using hive = await startHive({ supervised: true, env: { HIVE_CACHE: cache, NODE_COMPILE_CACHE: node } });
    const running = async (): Promise<{ pid: number; from: string }> => {
      const { pid } = await hive.call(methods.status, {});
      const from =
        readFileSync(`/proc/${pid}/cmdline`, 'utf8')
          .split('\0')
          .find((word) => dirname(word) === join(cache, 'daemon')) ?? '';
      return { pid, from };
    };
    const first = await running();
    const code = `${first.from}.code`;
    await waitUntil('what it compiled is kept', () => existsSync(code));
    await waitUntil('what its threads compiled is kept', () =>
      readdirSync(node, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .some(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes('watchdog ends the daemon')),
    );
    process.kill(first.pid, 'SIGKILL');
    const second = await waitUntil('another daemon answers', async () => {
      const found = await running().catch(() => undefined);
      return found && found.pid !== first.pid && found;
    });
    assert.equal(second.from, first.from);
    assert.deepEqual(readdirSync(dirname(first.from)).length, 4);
  } finally {
    rmSync(cache, { recursive: true });
  }
});

test('one daemon per home: sockets, locks, logs, and what a SIGTERM leaves', async (t) => {
  await using hive = await startHive();
  const asRoot = process.getuid?.() === 0;

  await t.test('the operator socket is for its group or for root alone', () => {
    const { mode } = statSync(join(hive.run, 'host.sock'));
    assert.equal(mode & 0o007, 0);
    assert.equal(statSync(join(hive.run, 'web.sock')).mode & 0o077, 0);
    if (!asRoot) return;
    const folder = statSync(join(hive.run, 'agents/manager'));
    const socket = statSync(join(hive.run, 'agents/manager/hive.sock'));
    assert.deepEqual([folder.uid, folder.mode & 0o777, socket.uid, socket.mode & 0o777], [0, 0o750, 0, 0o660]);
    assert.equal(socket.gid, folder.gid);
    assert.notEqual(socket.gid, 0);
  });

  await t.test('a second daemon of the same home is refused with the pid of the first', async () => {
    const second = new DaemonProcess({ home: hive.home, uid: undefined, env: {} });
    assert.equal(await second.ended, 1);
    assert.match(await second.printed(), new RegExp(`running already \\(pid ${hive.pid}\\)`));
    assert.equal((await hive.call(methods.status, {})).pid, hive.pid);
  });

  await t.test('no secret of the hive is in its logs', () => {
    const secrets = readdirSync(join(hive.home, 'secrets'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').trim())
      .filter((secret) => secret.length >= 16);
    assert.ok(secrets.length >= 4);
    for (const entry of readdirSync(join(hive.home, 'logs'), { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      for (const secret of secrets) assert.ok(!text.includes(secret), entry.name);
    }
  });

  await t.test('SIGTERM ends it cleanly and leaves the containers; a lock of a dead daemon stops nobody', async () => {
    const before = await hive.agentIn('manager', 'idle');
    assert.equal(await hive.killDaemon('SIGTERM'), 0);
    assert.ok(!existsSync(join(hive.home, 'daemon.lock')));
    assert.ok(process.kill(before.container_pid ?? 0, 0));
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(join(hive.home, 'daemon.lock'), JSON.stringify({ pid: process.pid, startTime: '1', boot }));
    await hive.startDaemon();
    const after = await hive.agentIn('manager', 'idle');
    assert.equal(after.container_pid, before.container_pid);
  });
});
