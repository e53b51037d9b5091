import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { standBy } from '#src/daemon/standby/stand-by.ts';
import { BEGIN } from '#src/protocol/standby.ts';
import { createTestClock, type TestClock } from '../../../support/clock.ts';
import { waitUntil } from '../../../support/wait.ts';

const MAIN = join(import.meta.dirname, '../../../support/stands-by-main.ts');
const SHORT = { agents: 2, rounds: 1 };
const FOREVER = { agents: 2, rounds: 1e9 };
let run: string;

beforeEach(() => (run = mkdtempSync(join(tmpdir(), 'hive-ahead-'))));
afterEach(() => rmSync(run, { recursive: true }));

interface Ahead {
  input: PassThrough;
  stop: AbortController;
  clock: TestClock;
  said: string[];
  warm: () => boolean;
  needed: Promise<boolean>;
}

function ahead(scale: { agents: number; rounds: number }, folder = run): Ahead {
  const input = new PassThrough();
  const stop = new AbortController();
  const clock = createTestClock();
  const said: string[] = [];
  let warm = false;
  const say = (line: string): void => void said.push(line);
  const onWarm = (): void => void (warm = true);
  const needed = standBy({ run: folder, input, signal: stop.signal, say, onWarm, scale, clock });
  return { input, stop, clock, said, warm: () => warm, needed };
}

const hasBegun = (): boolean => existsSync(join(run, 'warm-up/run/a1'));

describe('a daemon that stands by', () => {
  test('begins when it is told to after it warmed up, and has left nothing', async () => {
    const { input, clock, said, warm, needed } = ahead(SHORT);
    await waitUntil('it is warm', warm);
    assert.deepEqual(readdirSync(run), []);
    input.write(BEGIN);
    assert.equal(await needed, true);
    assert.deepEqual([input.destroyed, said, clock.timers()], [true, [], 0]);
  });

  test('that is told while it warms up begins after the round that runs', async () => {
    const { input, said, needed } = ahead(FOREVER);
    await waitUntil('it warms up', hasBegun);
    input.end(BEGIN);
    assert.equal(await needed, true);
    assert.deepEqual([readdirSync(run), said], [[], []]);
  });

  test('whose input ends is not needed', async () => {
    const { input, needed } = ahead(FOREVER);
    await waitUntil('it warms up', hasBegun);
    input.end();
    assert.equal(await needed, false);
    assert.deepEqual([readdirSync(run), input.destroyed], [[], true]);
  });

  test('that is asked to end is not needed', async () => {
    const { stop, input, needed } = ahead(FOREVER);
    await waitUntil('it warms up', hasBegun);
    stop.abort();
    assert.equal(await needed, false);
    assert.deepEqual([readdirSync(run), input.destroyed], [[], true]);
  });

  test('that was asked to end before it stood by is not needed', async () => {
    const input = new PassThrough();
    const options = { run, input, signal: AbortSignal.abort(), say: assert.fail, scale: FOREVER };
    assert.equal(await standBy(options), false);
    assert.deepEqual(readdirSync(run), []);
  });

  test('that cannot warm up says why, and begins all the same', async () => {
    const file = join(run, 'file');
    writeFileSync(file, '');
    const { input, said, warm, needed } = ahead(SHORT, file);
    await waitUntil('it says why', () => said.length > 0);
    input.write(BEGIN);
    assert.equal(await needed, true);
    assert.match(said.join('\n'), /^it is not warm: .*ENOTDIR.*$/);
    assert.equal(warm(), false);
  });

  test('whose warm-up hangs does not begin', async () => {
    const { input, clock, said, needed } = ahead(FOREVER);
    let over = false;
    const refused = assert.rejects(needed, /the warm-up does not end/).then(() => (over = true));
    await waitUntil('it warms up', hasBegun);
    const mute: Socket[] = [];
    const silence = (message: unknown): void => {
      const { socket } = message as { socket: Socket };
      socket.once('connect', () => {
        socket.write = () => true;
        mute.push(socket);
      });
    };
    subscribe('net.client.socket', silence);
    await waitUntil('an agent waits in vain', () => mute.length > 0);
    input.write(BEGIN);
    await waitUntil('the round that runs has its time', () => clock.timers() > 0);
    await clock.advance(9999);
    assert.equal(over, false);
    await clock.advance(1);
    await refused;
    unsubscribe('net.client.socket', silence);
    for (const socket of mute) socket.destroy();
    await waitUntil('it is over', () => said.length > 0 && readdirSync(run).length === 0);
  });

  test('collects no garbage of its own accord until it begins', async () => {
    const child = spawn(process.execPath, [MAIN, run], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('while')) child.stdin.end(BEGIN);
    });
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.deepEqual(lines, ['before: in steps', 'while: in one piece', 'begins: true', 'after: in steps']);
  });
});
