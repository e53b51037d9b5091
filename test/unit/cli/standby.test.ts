import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { starter } from '#src/cli/bundle/starter.ts';
import { readConfig } from '#src/cli/supervisor/read-config.ts';
import { Standby, standbyAfter } from '#src/cli/supervisor/standby.ts';
import { BEGIN } from '#src/protocol/standby.ts';
import { createTestClock, settle, type TestClock } from '../../support/clock.ts';
import { isAlive } from '../../support/processes.ts';
import { waitUntil } from '../../support/wait.ts';

/** Says what it is told, and leaves when its input ends. */
const WAITS = program('process.stdin.pipe(process.stdout)');
/** The same, with other words. */
const NEWER = program('process.stdin.pipe(process.stdout) // newer');
/** Says that it runs, then what it is told; ends with 0 when it is asked to. */
const RUNS = program(
  'process.on("SIGTERM", () => process.exit()); process.stdin.pipe(process.stdout); console.log("runs")',
);
/** Says that it runs, and never leaves. */
const STAYS = program('setInterval(() => undefined, 1e6); console.log("runs")');

function program(code: string): string[] {
  return ['-e', code, '--'];
}

interface Stand extends AsyncDisposable {
  standby: Standby;
  clock: TestClock;
  /** Arguments of each start. */
  started: string[][];
  children: ChildProcess[];
  said: string[];
}

function stand(node = process.execPath): Stand {
  const clock = createTestClock();
  const started: string[][] = [];
  const children: ChildProcess[] = [];
  const said: string[] = [];
  const start = (args: readonly string[]): ChildProcess => {
    started.push([...args]);
    const child = spawn(node, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  const standby = new Standby({ start, say: (line) => void said.push(line), clock });
  return {
    ...{ standby, clock, started, children, said },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map(async (child) => hasEnded(child) || (await once(child, 'exit'))));
    },
  };
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

describe('the daemon that stands by', () => {
  test('is started once, with the words of the daemon and --stand-by', async () => {
    await using held = stand();
    const { standby, started, said } = held;
    assert.equal(standby.isReady, false);
    standby.prepare(WAITS);
    standby.prepare(WAITS);
    standby.prepare(NEWER);
    assert.deepEqual([standby.isReady, started, said], [true, [[...WAITS, '--stand-by']], []]);
  });

  test('takes over from one with the same words: it is told to begin, and nothing after that', async () => {
    await using held = stand();
    const { standby, children, said } = held;
    standby.prepare(WAITS);
    const child = standby.take([...WAITS]);
    assert.ok(child);
    assert.deepEqual([child, standby.isReady, standby.take(WAITS)], [children[0], false, undefined]);
    assert.equal(await text(child.stdout!), BEGIN);
    if (!hasEnded(child)) await once(child, 'exit');
    assert.deepEqual([child.exitCode, said], [0, []], 'its end is told by who took it');
    standby.prepare(WAITS);
    assert.deepEqual([standby.isReady, children.length], [true, 2]);
  });

  test('takes over all the same when it was stopped while it stood by', { timeout: 20_000 }, async () => {
    await using held = stand();
    const { standby, children } = held;
    standby.prepare(RUNS);
    const [child] = children;
    await once(child!.stdout!, 'data');
    child!.kill('SIGSTOP');
    assert.equal(standby.take(RUNS), child);
    assert.equal(await text(child!.stdout!), BEGIN);
  });

  test('that ends as it was asked to, with the hive, is not told', async () => {
    await using held = stand();
    const { standby, children, said } = held;
    standby.prepare(RUNS);
    const [child] = children;
    await once(child!.stdout!, 'data');
    child!.kill('SIGTERM');
    await once(child!, 'exit');
    assert.deepEqual([standby.isReady, said], [false, []]);
  });

  test('is sent away by one with other words', async () => {
    await using held = stand();
    const { standby, children, clock, said } = held;
    standby.prepare(WAITS);
    const [child] = children;
    assert.equal(standby.take(NEWER), undefined);
    assert.equal(standby.isReady, false);
    assert.equal(await text(child!.stdout!), '', 'it was told nothing');
    await waitUntil('it left', () => hasEnded(child!));
    await settle();
    assert.deepEqual([child!.exitCode, clock.timers(), said], [0, 0, []]);
  });

  for (const [how, code, signal] of [
    ['with exit code 3', 'process.exit(3)', null],
    ['by SIGKILL', 'process.kill(process.pid, "SIGKILL")', null],
    ['by SIGTERM', 'setInterval(() => undefined, 1e6)', 'SIGTERM'],
  ] as const) {
    test(`that ended ${how} is told in one line and takes nothing over`, async () => {
      await using held = stand();
      const { standby, children, said } = held;
      const args = program(code);
      standby.prepare(args);
      if (signal) children[0]!.kill(signal);
      await waitUntil('its end is told', () => said.length > 0);
      const line = `the daemon that stood by ended ${how}: the next one is started when it is needed`;
      assert.deepEqual([said, standby.isReady, standby.take(args)], [[line], false, undefined]);
      standby.prepare(WAITS);
      assert.deepEqual([standby.isReady, children.length], [true, 2]);
    });
  }

  test('that cannot be started is told in one line', async () => {
    await using held = stand('/nonexistent/node');
    const { standby, said } = held;
    standby.prepare(WAITS);
    await waitUntil('it is told', () => said.length > 0);
    assert.match(said.join('\n'), /^the daemon that stood by could not be started \(.*ENOENT\): the next .*needed$/);
    assert.deepEqual([standby.isReady, standby.take(WAITS)], [false, undefined]);
  });

  test('that cannot be started for lack of memory, which is told at once, ends nobody', () => {
    const said: string[] = [];
    const start = (): never => {
      throw new Error('spawn ENOMEM');
    };
    const standby = new Standby({ start, say: (line) => void said.push(line) });
    standby.prepare(WAITS);
    assert.match(said.join('\n'), /^the daemon that stood by could not be started \(spawn ENOMEM\): /);
    assert.equal(standby.isReady, false);
  });

  test('that turns out not to be startable while it is sent away is gone', async () => {
    await using held = stand('/nonexistent/node');
    const { standby, clock, said } = held;
    standby.prepare(WAITS);
    await standby[Symbol.asyncDispose]();
    standby.prepare(WAITS);
    assert.equal(standby.take(NEWER), undefined);
    await settle();
    assert.deepEqual([clock.timers(), said], [0, []]);
  });

  test('that was killed a moment ago is its caller’s, who is told how it ended', async () => {
    await using held = stand();
    const { standby, children, said } = held;
    standby.prepare(STAYS);
    const [child] = children;
    await once(child!.stdout!, 'data');
    child!.kill('SIGKILL');
    // No turn of the event loop in between: nobody here was told yet.
    while (isAlive(child!.pid!));
    assert.equal(standby.take(STAYS), child);
    assert.deepEqual(await once(child!, 'close'), [null, 'SIGKILL']);
    assert.deepEqual(said, []);
  });

  test('ends with its supervisor, which waits for it', async () => {
    await using held = stand();
    const { standby, children, clock, said } = held;
    await standby[Symbol.asyncDispose]();
    standby.prepare(WAITS);
    await standby[Symbol.asyncDispose]();
    const { exitCode } = children[0]!;
    assert.deepEqual([exitCode, standby.isReady, clock.timers(), said], [0, false, 0, []]);
  });

  test('that does not leave is killed after five seconds', async () => {
    await using held = stand();
    const { standby, children, clock } = held;
    standby.prepare(STAYS);
    const [child] = children;
    await once(child!.stdout!, 'data');
    const over = standby[Symbol.asyncDispose]();
    await clock.advance(4999);
    assert.equal(child!.killed, false);
    await clock.advance(1);
    await over;
    assert.equal(child!.signalCode, 'SIGKILL');
  });

  test('that was sent away and does not leave is waited for when its supervisor ends', async () => {
    await using held = stand();
    const { standby, children, clock } = held;
    standby.prepare(STAYS);
    const [child] = children;
    await once(child!.stdout!, 'data');
    assert.equal(standby.take(NEWER), undefined);
    const over = standby[Symbol.asyncDispose]();
    await clock.advance(5000);
    await over;
    assert.equal(child!.signalCode, 'SIGKILL');
  });
});

describe('when the next daemon is started ahead', async () => {
  const main = resolve(import.meta.dirname, '../../../src/protocol/standby.ts');
  const cache = mkdtempSync(join(tmpdir(), 'hive-cache-'));
  after(() => rmSync(cache, { recursive: true }));
  const say = (line: string): never => {
    throw new Error(line);
  };
  const bundle = await starter({ main, cache, say })();
  const sources = await starter({ main, cache: undefined, say })();
  const written = { port: 8080, forge_port: 3000 };
  for (const [what, config, seconds] of [
    ['half a minute after the start unless told', JSON.stringify(written), 30],
    ['when config.json says', JSON.stringify({ ...written, standby_after_seconds: 7 }), 7],
    ['never when it says 0', JSON.stringify({ ...written, standby_after_seconds: 0 }), 0],
    ['never when it says what the daemon refuses', JSON.stringify({ ...written, standby_after_seconds: 0.5 }), 0],
    ['never when it refuses another key', JSON.stringify({ ...written, standby_after_seconds: 7, other: 1 }), 0],
    ['never when it is no JSON', '{"standby_after_seconds":7', 0],
    ['never when there is no such file', undefined, 0],
  ] as const) {
    test(what, () => {
      const home = mkdtempSync(join(tmpdir(), 'hive-standby-'));
      try {
        if (config !== undefined) writeFileSync(join(home, 'config.json'), config);
        assert.equal(standbyAfter(readConfig(home), bundle), seconds);
        assert.equal(standbyAfter(readConfig(home), sources), 0, 'a daemon from its sources has none behind it');
      } finally {
        rmSync(home, { recursive: true });
      }
    });
  }
});
