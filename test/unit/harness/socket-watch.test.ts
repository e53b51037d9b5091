import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { SocketWatch } from '#src/harness/socket-watch.ts';
import { settle } from '../../support/clock.ts';

/** Longer than any test: only what is told ends such a pause. */
const NEVER_MS = 600_000;

/** Watches that this process holds. */
function watches(): number {
  const texts = readdirSync('/proc/self/fdinfo').map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {
      return '';
    }
  });
  return texts.join('\n').match(/^inotify wd/gm)?.length ?? 0;
}

describe('who waits for a socket', () => {
  let folder: string;
  let path: string;
  const servers: Server[] = [];
  const { signal } = new AbortController();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hive-watch-'));
    path = join(folder, 'hive.sock');
  });
  afterEach(() => {
    mock.reset();
    for (const server of servers.splice(0)) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a daemon that starts over what a killed one left. */
  async function make(name = 'hive.sock'): Promise<void> {
    const file = join(folder, name);
    rmSync(file, { force: true });
    const server = createServer().listen(file);
    servers.push(server);
    await once(server, 'listening');
    chmodSync(file, 0o600);
  }

  test('is told when it is made, and made again', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    await watch.pause(0, true, signal);
    for (let time = 0; time < 3; time++) {
      const pause = watch.pause(9, true, signal);
      await make();
      await pause;
    }
  });

  test('tries at once after a pause in which nobody waited', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    await watch.pause(0, true, signal);
    await make();
    await new Promise((resolve) => setImmediate(resolve));
    await watch.pause(9, true, signal);
  });

  test('is told of no other file', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    using other = new SocketWatch(join(folder, 'other.sock'), NEVER_MS);
    const abort = new AbortController();
    let over = false;
    for (const each of [watch, other]) await each.pause(0, true, signal);
    const pause = watch.pause(9, true, abort.signal).then(() => (over = true));
    const told = other.pause(9, true, signal);
    await make('other.sock');
    await told;
    assert.equal(over, false);
    abort.abort();
    await pause;
  });

  test('tries again soon when somebody listens and only refuses', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    for (let attempt = 0; attempt < 3; attempt++) await watch.pause(attempt, false, signal);
  });

  test('where nothing can be watched pauses as without, and watches once it can', async () => {
    rmSync(folder, { recursive: true });
    using watch = new SocketWatch(path, NEVER_MS);
    for (let attempt = 0; attempt < 3; attempt++) await watch.pause(attempt, true, signal);
    assert.equal(watches(), 0);
    mkdirSync(folder);
    await watch.pause(3, true, signal);
    assert.equal(watches(), 1);
    const pause = watch.pause(9, true, signal);
    await make();
    await pause;
  });

  test('holds no watch once it is there, however often it went', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    for (let time = 0; time < 5; time++) {
      await watch.pause(0, true, signal);
      assert.equal(watches(), 1);
      watch[Symbol.dispose]();
      assert.equal(watches(), 0);
    }
  });

  for (const [what, attempt, down, shortest, longest] of [
    ['first, when nobody listens', 0, true, 75, 112.5],
    ['first, after a connection ended', 0, false, 75, 112.5],
    ['next, when nobody listened before the watch began', 1, true, 20, 50],
    ['next, when somebody listens and only refuses', 1, false, 20, 50],
  ] as const) {
    for (const [random, ms] of [
      [0, shortest],
      [1 - Number.EPSILON, longest],
    ] as const) {
      test(`pauses ${shortest} to ${longest} ms ${what}: ${ms} at random ${random === 0 ? 0 : 1}`, async () => {
        using watch = new SocketWatch(path, NEVER_MS);
        mock.timers.enable({ apis: ['setTimeout'] });
        mock.method(Math, 'random', () => random);
        let over = false;
        const pause = watch.pause(attempt, down, signal).then(() => (over = true));
        assert.equal(watches(), down ? 1 : 0);
        mock.timers.tick(ms - 1);
        await settle();
        assert.equal(over, false);
        mock.timers.tick(1);
        await pause;
      });
    }
  }

  test('is told in its first pause, too', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    mock.timers.enable({ apis: ['setTimeout'] });
    const pause = watch.pause(0, true, signal);
    await make();
    await pause;
  });

  test('does not wait when it is over', async () => {
    using watch = new SocketWatch(path, NEVER_MS);
    const over = AbortSignal.abort();
    await watch.pause(0, true, over);
    await watch.pause(1, true, over);
  });
});
