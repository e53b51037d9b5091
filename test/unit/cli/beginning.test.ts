import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endUnlessBegun } from '#src/cli/supervisor/beginning.ts';
import { claimLock } from '#src/lib/process-lock.ts';
import { daemonLock } from '#src/protocol/home.ts';
import { createTestClock } from '../../support/clock.ts';
import { waitUntil } from '../../support/wait.ts';

const HANGS = 'setInterval(() => undefined, 1e6)';
/** A sixth of the time that it has. */
const LOOK_MS = 10_000;

/** A daemon that hangs and has a minute to begin, in a home of its own. */
class Hanging implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), 'hive-begins-'));
  readonly clock = createTestClock();
  readonly over = new AbortController();
  readonly said: string[] = [];
  readonly child: ChildProcess = spawn(process.execPath, ['-e', HANGS]);
  done = false;

  watch(child: { pid?: number | undefined; kill(): boolean } = this.child): void {
    const { home, clock, over } = this;
    const say = (line: string): void => void this.said.push(line);
    const watched = endUnlessBegun({ child, home, seconds: 60, clock, say, signal: over.signal });
    void watched.then(() => (this.done = true));
  }

  /** Lets it be looked at, so often. */
  async look(times: number, ms = LOOK_MS): Promise<void> {
    for (let time = 0; time < times; time++) {
      await this.clock.advance(ms);
      await waitUntil('it was looked', () => this.done || this.clock.timers() > 0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over.abort();
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    rmSync(this.home, { recursive: true });
  }
}

test('a daemon that does not hold its home in time is killed, also when another one holds it', async () => {
  await using hanging = new Hanging();
  await claimLock(daemonLock(hanging.home));
  hanging.watch();
  await hanging.look(5);
  await hanging.clock.advance(LOOK_MS - 1);
  assert.deepEqual([hanging.child.killed, hanging.said], [false, []]);
  await hanging.clock.advance(1);
  await waitUntil('it is killed', () => hanging.child.signalCode === 'SIGKILL');
  assert.deepEqual(hanging.said, ['the daemon did not begin within 60 s, it hangs: ending it']);
});

test('one that holds its home, or has ended, is left alone', async () => {
  const left = { pid: process.pid, kill: () => assert.fail('it is killed') };
  const acts = [
    (hanging: Hanging): unknown => claimLock(daemonLock(hanging.home)),
    (hanging: Hanging): unknown => hanging.over.abort(),
  ];
  for (const act of acts) {
    await using hanging = new Hanging();
    hanging.watch(left);
    await hanging.look(5);
    await act(hanging);
    await hanging.look(1);
    await waitUntil('nobody looks any more', () => hanging.done);
    assert.deepEqual([hanging.clock.timers(), hanging.said], [0, []]);
  }
});

test('a host that slept meanwhile counts as one look', async () => {
  await using hanging = new Hanging();
  hanging.watch();
  hanging.clock.jump(3_600_000);
  await hanging.look(1, 0);
  await hanging.look(4);
  assert.equal(hanging.done, false);
  await hanging.look(1);
  assert.equal(hanging.done, true);
});
