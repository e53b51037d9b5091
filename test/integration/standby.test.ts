import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { STAND_BY } from '#src/protocol/standby.ts';
import { HANGING, HANGS } from '../support/hangs.ts';
import type { ConfigChanges } from '../support/hive/home.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { childrenOf, descendants, isAlive } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

const warmUpOf = (hive: Hive): string => join(hive.run, 'warm-up');
const startLog = (hive: Hive): string => readFileSync(join(hive.home, 'start.log'), 'utf8');

function lockedBy(hive: Hive): number {
  return (JSON.parse(readFileSync(join(hive.home, 'daemon.lock'), 'utf8')) as { pid: number }).pid;
}

/** Pid of the one that stands by; one that took over still has its arguments, and what that forks has them for a moment. */
function standbyOf(hive: Hive): number | undefined {
  const children = childrenOf(hive.pid);
  const ahead = descendants(hive.pid).filter(({ cmdline }) => cmdline.includes(`--${STAND_BY}`));
  return ahead.map(({ pid }) => pid).find((pid) => children.includes(pid) && pid !== lockedBy(hive));
}

/** The one that stands by, in its warm-up. */
async function warmingUp(hive: Hive): Promise<number> {
  return await waitUntil('a daemon that stands by warms up', () => existsSync(warmUpOf(hive)) && standbyOf(hive));
}

/** The one that stands by, after its warm-up, at whose begin it loads SQLite. */
async function warm(hive: Hive): Promise<number> {
  const pid = await waitUntil('a daemon stands by', () => standbyOf(hive));
  await waitUntil('it warms up', () => mapped(pid).some((file) => file.includes('sqlite')));
  await waitUntil('it is warm', () => !existsSync(warmUpOf(hive)));
  return pid;
}

/** Kills the daemon; answers the pid of the next one, once that serves the operator and its agents. */
async function afterKill(hive: Hive): Promise<number> {
  const killed = lockedBy(hive);
  process.kill(killed, 'SIGKILL');
  const next = await waitUntil('another daemon serves', async () => {
    const status = await hive.call(methods.status, {}).catch(() => undefined);
    return status?.pid !== killed && status?.pid;
  });
  assert.equal(await managed(hive), next);
  return next;
}

/** Pid of the daemon, once its manager's socket is its own; the state `idle` outlasts a daemon, and says nothing of that. */
async function managed(hive: Hive): Promise<number> {
  const daemon = lockedBy(hive);
  const socket = join(hive.run, 'agents/manager/hive.sock');
  await waitUntil("the daemon has its manager's socket", () => sockets(daemon).includes(socket));
  return daemon;
}

function mapped(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return [...new Set(lines.map((line) => line.split(/\s+/)[5] ?? ''))];
}

function opened(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

/** Paths of the sockets that listen and that this process made: those whose inode it has open. */
function sockets(pid: number): string[] {
  const open = new Set(opened(pid));
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , , , inode, path]) => path !== undefined && open.has(`socket:[${inode}]`))
    .map(([, , , , , , , path]) => path!);
}

/** Signals the supervisor and waits until it and these have ended. */
async function endsOn(hive: Hive, signal: NodeJS.Signals, pids: number[]): Promise<void> {
  const code = await hive.killDaemon(signal);
  assert.equal(code, signal === 'SIGTERM' ? 0 : null);
  for (const pid of pids) await waitUntil(`process ${pid} ended`, () => !isAlive(pid));
}

/** Writes what the next start of the daemon reads. */
function configure(hive: Hive, changes: ConfigChanges): void {
  const file = join(hive.home, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...config, ...changes }));
}

/** Kills the daemon and has the next one hang when it begins, until its end is said; then another one serves. */
async function hangsOnce(hive: Hive): Promise<void> {
  configure(hive, { start_seconds: 3 });
  writeFileSync(join(hive.home, HANGS), '');
  process.kill(lockedBy(hive), 'SIGKILL');
  await waitUntil('the end of the one that hangs is said', () => /did not begin within 3 s/.test(startLog(hive)));
  configure(hive, { start_seconds: 60 });
  rmSync(join(hive.home, HANGS));
  await waitUntil('another daemon serves', () => hive.call(methods.status, {}).catch(() => undefined));
  await managed(hive);
}

/** Runs parts of a test one after the other; after one that failed nobody knows what runs, and the others are skipped. */
function parts(t: TestContext): (what: string, run: (t: TestContext) => Promise<void>) => Promise<void> {
  let failed = false;
  return async (what, run) =>
    await t.test(what, { skip: failed && 'the part before failed' }, async (part) => {
      failed = true;
      await run(part);
      failed = false;
    });
}

test('a daemon that stands by', async (t) => {
  const cache = mkdtempSync(join(tmpdir(), 'hive-cache-'));
  t.after(() => rmSync(cache, { recursive: true }));
  await using hive = await startHive({
    supervised: true,
    standby_after_seconds: 1,
    env: { HIVE_CACHE: cache, ...HANGING },
  });
  const part = parts(t);

  await part('touches nothing of the hive', async () => {
    const [pid, daemon] = [await warm(hive), await managed(hive)];
    assert.ok(opened(daemon).includes(join(hive.home, 'hive.db')));
    const log = join(hive.home, 'start.log');
    const files = [...opened(pid), ...mapped(pid), ...sockets(pid)].filter((path) => path !== log);
    const ours = files.filter((path) => [hive.home, hive.run].some((top) => path.startsWith(top)));
    assert.deepEqual(ours, []);
  });

  await part('is killed: that is said, and the next daemon is started when it is needed', async () => {
    const pid = await warm(hive);
    process.kill(pid, 'SIGKILL');
    await waitUntil('that is said', () => /the daemon that stood by ended by SIGKILL: the next/.test(startLog(hive)));
    assert.notEqual(await afterKill(hive), pid);
    assert.match(startLog(hive), /the daemon ended by SIGKILL after \d+ s: starting it again in 0\.2 s/);
  });

  await part('is the next daemon when it is warm, and again while it warms up', async () => {
    for (const ready of [warm, warmingUp]) assert.equal(await ready(hive), await afterKill(hive));
    assert.equal(existsSync(warmUpOf(hive)), false);
    assert.equal(startLog(hive).match(/ended by SIGKILL after \d+ s: starting it again at once/g)?.length, 2);
    assert.doesNotMatch(startLog(hive), /not warm/);
  });

  await part('ends with the hive while it warms up, and leaves nothing', async () => {
    const [pid, daemon] = [await warmingUp(hive), lockedBy(hive)];
    process.kill(pid, 'SIGSTOP');
    assert.ok(existsSync(warmUpOf(hive)), 'it was not done before it stopped');
    const ended = endsOn(hive, 'SIGTERM', [pid, daemon]);
    await waitUntil('the daemon ended', () => !isAlive(daemon));
    process.kill(pid, 'SIGCONT');
    await ended;
    assert.equal(existsSync(warmUpOf(hive)), false);
  });

  await part('that is killed while it warms up leaves nothing once the hive has ended', async () => {
    hive.spawnDaemon();
    const [pid, daemon] = [await warmingUp(hive), lockedBy(hive)];
    process.kill(pid, 'SIGSTOP');
    assert.ok(existsSync(warmUpOf(hive)), 'it was not done before it stopped');
    process.kill(pid, 'SIGKILL');
    await endsOn(hive, 'SIGTERM', [pid, daemon]);
    assert.equal(existsSync(warmUpOf(hive)), false);
  });

  await part('ends when its supervisor is killed, and the daemon goes on', async (t) => {
    await hive.startDaemon();
    const [pid, daemon] = [await warm(hive), lockedBy(hive)];
    t.after(async () => {
      process.kill(daemon, 'SIGTERM');
      await waitUntil('the daemon ended', () => !isAlive(daemon));
    });
    await endsOn(hive, 'SIGKILL', [pid]);
    assert.equal((await hive.call(methods.status, {})).pid, daemon);
  });

  await part('is not there when the configuration wants none', async () => {
    configure(hive, { standby_after_seconds: 0 });
    await hive.startDaemon();
    await managed(hive);
    assert.equal(standbyOf(hive), undefined);
    assert.doesNotMatch(startLog(hive), /stood by/);
  });

  await part('that hangs when it is to begin is ended, as any other start, and another one is started', async () => {
    await hangsOnce(hive);
    await hive.killDaemon('SIGTERM');
    configure(hive, { standby_after_seconds: 1 });
    await hive.startDaemon();
    await warm(hive);
    await hangsOnce(hive);
  });
});
