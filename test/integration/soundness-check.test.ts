import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { createHealth } from '#src/daemon/health/health.ts';
import { SoundnessCheck } from '#src/daemon/health/soundness-check.ts';
import { runOwn } from '#src/daemon/host/run-own.ts';
import { openTestBroker, type TestBroker, to } from '../support/broker.ts';
import { startForeignUser } from '../support/foreign-database-user.ts';
import { descendants } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

const AFTER_MS = 60_000;
const PAGE = 4096;

/** A hive with things said, all of it in the database file; the check begins when the test's clock says so. */
async function openChecked(): Promise<
  { broker: TestBroker; check: SoundnessCheck; alerts(): string[] } & AsyncDisposable
> {
  const broker = await openTestBroker(['alice', 'bob']);
  for (let index = 0; index < 200; index++)
    await broker.broker.send('alice', to('bob', `a text that is number ${index}.`));
  const { db, file, writer, clock, log } = broker.hive;
  db.pragma('wal_checkpoint(PASSIVE)');
  const check = new SoundnessCheck({ file, writer, runOwn, clock, log, afterMs: AFTER_MS });
  const health = createHealth({ writer, clock, log, damagedMessages: () => [], soundness: () => check.found });
  return {
    broker,
    check,
    alerts: () => health.alerts(),
    async [Symbol.asyncDispose]() {
      await check[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** Writes over bytes of a file by another process: closing a descriptor here would drop SQLite's locks. */
function harm(file: string, at: number, bytes: string): void {
  execFileSync('dd', [`of=${file}`, 'bs=1', `seek=${at}`, 'conv=notrunc', 'status=none'], { input: bytes });
}

/** Where a text stands in a file, as another process reads it. */
function placeOf(file: string, text: string): number {
  const copy = execFileSync('cat', [file], { maxBuffer: 64 * 1024 * 1024 });
  return copy.indexOf(text);
}

test('F18: a text that was flipped while the hive runs is found without anybody asking for it, and told', async () => {
  await using hive = await openChecked();
  const { file, clock } = hive.broker.hive;
  assert.deepEqual(hive.alerts(), []);
  harm(file, placeOf(file, 'a text that is number 150.') + 3, 'X');
  await clock.advance(AFTER_MS);
  await waitUntil('the check found it', () => hive.check.found.damaged.length > 0);
  const [alert] = hive.alerts();
  assert.match(alert ?? '', /the text of 1 messages was damaged on the disk \(\d+\)/);
  assert.ok(!existsSync(`${file}-suspect`), 'every page is well');
});

test('F18: a damaged page is found while the hive runs, told, and the next start looks at every page', async () => {
  await using hive = await openChecked();
  const { file, clock } = hive.broker.hive;
  harm(file, Math.floor(placeOf(file, 'a text that is number 150.') / PAGE) * PAGE, '\xff'.repeat(64));
  await clock.advance(AFTER_MS);
  await waitUntil('the check found it', () => hive.check.found.problem !== null);
  assert.match(hive.alerts()[0] ?? '', /the database is damaged \(.+\): hive down, then hive up, which sets it aside/);
  assert.ok(existsSync(`${file}-suspect`));
});

test('the doctor’s check reads everything at once, in another process', async () => {
  await using hive = await openChecked();
  const { file } = hive.broker.hive;
  const looked: string[] = [];
  const sound = hive.check.now();
  await waitUntil('a process reads', () => {
    looked.push(...descendants(process.pid).map(({ cmdline }) => cmdline.join(' ')));
    return looked.some((line) => line.includes('check-main.ts'));
  });
  assert.deepEqual(await sound, { problem: null, damaged: [] });
  harm(file, Math.floor(placeOf(file, 'a text that is number 150.') / PAGE) * PAGE, '\xff'.repeat(64));
  assert.notEqual((await hive.check.now())?.problem, null);
});

test('F20: the check is ended when the log grows meanwhile', async () => {
  await using hive = await openChecked();
  const { file, clock, writer } = hive.broker.hive;
  await using reader = await startForeignUser(file, ['BEGIN', 'SELECT count(*) FROM facts']);
  for (let commit = 0; commit < 160; commit++) {
    const value = String(commit % 10).repeat(256 * 1024);
    await writer.write('a', (tx) =>
      tx.db.prepare('INSERT INTO facts (name, value) VALUES (?, ?)').run(`${commit}`, value),
    );
  }
  const ends: boolean[] = [];
  const endless = (_script: string, _args: string[], signal: AbortSignal): Promise<string> =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => (ends.push(true), reject(new Error('killed')))),
    );
  await using check = new SoundnessCheck({
    file,
    writer,
    runOwn: endless,
    clock,
    log: hive.broker.hive.log,
    afterMs: 1,
  });
  await clock.advance(1);
  await clock.advance(500);
  assert.deepEqual(ends, [true]);
  assert.deepEqual(check.found, { problem: null, damaged: [] });
  assert.match(
    hive.alerts()[0] ?? '',
    new RegExp(`the log of the database has \\d+ MiB, since pid ${reader.pid} keeps`),
  );
});

test('a check ends with the hive, and a sound hive is told nothing', async () => {
  const hive = await openChecked();
  await hive.broker.hive.clock.advance(AFTER_MS);
  await hive[Symbol.asyncDispose]();
  assert.deepEqual(hive.check.found, { problem: null, damaged: [] });
  const children = descendants(process.pid).map(({ cmdline }) => cmdline.join(' '));
  assert.ok(!children.some((line) => line.includes('check-main')));
});
