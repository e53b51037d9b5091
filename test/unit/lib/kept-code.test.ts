import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { KeptCode, type RunningBundle } from '#src/lib/kept-code.ts';
import { createTestClock } from '../../support/clock.ts';

/** A bundle with so many bytes of code, of which `kept` were there. */
class Planted implements RunningBundle, Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hive-kept-'));
  readonly codeFile = join(this.folder, 'bundle.cjs.code');
  readonly kept: number;
  bytes: number;
  asked = 0;

  constructor(kept: number, bytes: number) {
    this.kept = kept;
    this.bytes = bytes;
  }

  code(): Buffer | undefined {
    this.asked++;
    return Buffer.alloc(this.bytes);
  }

  /** Bytes in the file; undefined without one. */
  get written(): number | undefined {
    const files = readdirSync(this.folder);
    assert.ok(files.length <= 1, files.join(' '));
    return files.length === 0 ? undefined : readFileSync(this.codeFile).length;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

test('a process without a bundle keeps nothing', async () => {
  const code = new KeptCode(undefined);
  assert.equal(code.lacking, false);
  await code.keep();
  await code.keepWhenIdle(createTestClock(), AbortSignal.abort());
});

test('code is kept when nothing was, and then only for a tenth more', async () => {
  using bundle = new Planted(0, 1000);
  const code = new KeptCode(bundle);
  assert.equal(code.lacking, true);
  await code.keep();
  assert.deepEqual([code.lacking, bundle.written], [false, 1000]);
  bundle.bytes = 1099;
  await code.keep();
  assert.equal(bundle.written, 1000);
  bundle.bytes = 1100;
  await code.keep();
  assert.equal(bundle.written, 1100);
  bundle.bytes = 500;
  await code.keep();
  assert.equal(bundle.written, 1100);
});

test('a process that began with as much as it needs writes nothing', async () => {
  using bundle = new Planted(1000, 1050);
  const code = new KeptCode(bundle);
  assert.equal(code.lacking, false);
  await code.keep();
  assert.equal(bundle.written, undefined);
});

test('code that cannot be written leaves no draft, and is not tried again by the same process', async () => {
  using bundle = new Planted(0, 1000);
  mkdirSync(bundle.codeFile);
  const code = new KeptCode(bundle);
  await assert.rejects(code.keep(), { code: 'EISDIR' });
  assert.deepEqual(readdirSync(bundle.folder), ['bundle.cjs.code']);
  await code.keep();
});

test('a bundle that was deleted meanwhile has nothing to keep', async () => {
  using bundle = new Planted(0, 1000);
  rmSync(bundle.folder, { recursive: true });
  await new KeptCode(bundle).keep();
  bundle.code = () => undefined;
  mkdirSync(bundle.folder);
  await new KeptCode(bundle).keep();
  assert.equal(bundle.written, undefined);
});

test('code is kept a minute after the start, when the process is idle, once', async () => {
  using bundle = new Planted(0, 1000);
  const clock = createTestClock();
  const before = [1, 0.8, 0.2, 0.05];
  const done = new KeptCode(bundle).keepWhenIdle(clock, new AbortController().signal, () => before.shift() ?? 1);
  await clock.advance(69_999);
  assert.equal(bundle.asked, 0);
  await clock.advance(1);
  await done;
  assert.deepEqual([bundle.asked, bundle.written, clock.timers()], [1, 1000, 0]);
});

test('a process that ends before it is idle keeps nothing by itself', async () => {
  using bundle = new Planted(0, 1000);
  const stop = new AbortController();
  const clock = createTestClock();
  const done = new KeptCode(bundle).keepWhenIdle(clock, stop.signal);
  await clock.advance(57_000);
  stop.abort();
  await done;
  assert.deepEqual([bundle.asked, clock.timers()], [0, 0]);
});
