import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import { createWriter, openDatabase, refuseWhenFull, Reserve } from '#src/daemon/db/index.ts';
import type { GroupWriter, Tx } from '#src/daemon/db/index.ts';
import { createTestClock, settle } from '../../../support/clock.ts';
import type { TestClock } from '../../../support/clock.ts';
import { createTestLog, migrationsDir } from '../../../support/database.ts';
import type { TestLog } from '../../../support/database.ts';
import { waitUntil } from '../../../support/wait.ts';

const BYTES = 3 * 1024 * 1024;

/** A writer with a reserve over a real file; `fill` makes every COMMIT fail as on a full disk until the reserve is gone. */
interface Kept extends AsyncDisposable {
  writer: GroupWriter;
  clock: TestClock;
  reserve: Reserve;
  file: string;
  log: TestLog;
  fill(): void;
  /** So many bytes are free again; none = as many as there are. */
  makeSpace(bytes?: number): void;
  /** Whether it can be told how long the log is. */
  failLooks(fails: boolean): void;
}

async function openKept(): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'hive-space-'));
  const file = join(folder, 'hive.db-reserve');
  const clock = createTestClock();
  const db = openDatabase(join(folder, 'hive.db'), { migrationsDir, clock });
  const reserve = new Reserve(file, BYTES);
  const free = reserve.freeBytes.bind(reserve);
  await reserve.make();
  const log = createTestLog();
  const writer = createWriter({ db, clock, log, fatal: assert.fail, reserve });
  const { prepare } = db;
  const commit = (): void => {
    if (existsSync(file)) throw new Sqlite.SqliteError('planted', 'SQLITE_FULL');
    prepare.call(db, 'COMMIT').run([]);
  };
  return {
    ...{ writer, clock, reserve, file, log },
    fill() {
      db.prepare = ((sql: string) => (sql === 'COMMIT' ? { run: commit } : prepare.call(db, sql))) as typeof prepare;
      reserve.freeBytes = () => BYTES;
    },
    makeSpace(bytes) {
      db.prepare = prepare;
      reserve.freeBytes = bytes === undefined ? free : () => bytes;
    },
    failLooks(fails) {
      db.prepare = fails ? () => assert.fail('planted') : prepare;
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A write that begins work. */
function begin(tx: Tx): string {
  refuseWhenFull(tx);
  return 'begun';
}

test('F3: on a full disk what ends work is stored from the reserve, what begins some is refused, in the same transaction', async () => {
  await using kept = await openKept();
  assert.equal(await kept.writer.write('a', begin), 'begun');
  kept.fill();
  const [ack, send] = await Promise.allSettled([kept.writer.write('a', () => 'acked'), kept.writer.write('b', begin)]);
  assert.deepEqual(ack, { status: 'fulfilled', value: 'acked' });
  assert.equal(send.status === 'rejected' && (send.reason as { code: string }).code, 'unavailable');
  assert.deepEqual([kept.writer.full(), existsSync(kept.file)], [true, false]);
});

test('F3: once there is space again the reserve is made again and everything goes on', async () => {
  await using kept = await openKept();
  kept.fill();
  await kept.writer.write('a', () => undefined);
  await kept.clock.advance(10_000);
  assert.equal(kept.writer.full(), true);
  kept.makeSpace();
  await kept.clock.advance(2000);
  await waitUntil('the reserve is there again', () => !kept.writer.full());
  assert.equal(statSync(kept.file).size, BYTES);
  assert.equal(await kept.writer.write('a', begin), 'begun');
});

test('F3: space that the log takes when it is moved into the database is not space again', async () => {
  await using kept = await openKept();
  const log = 1024 * 1024;
  await kept.writer.write('a', ({ db }) => {
    db.exec('CREATE TABLE planted (body BLOB)');
    db.prepare('INSERT INTO planted VALUES (zeroblob(?))').run(log);
  });
  const make = kept.reserve.make.bind(kept.reserve);
  const looks: Promise<boolean>[] = [];
  kept.reserve.make = (owed) => {
    const look = make(owed);
    looks.push(look);
    return look;
  };
  kept.fill();
  await kept.writer.write('a', () => undefined);
  kept.makeSpace(2 * BYTES + log / 2);
  await kept.clock.advance(4000);
  assert.deepEqual(await Promise.all(looks), [false, false]);
  kept.makeSpace(2 * BYTES + 2 * log);
  await kept.clock.advance(2000);
  await waitUntil('the reserve is there again', () => !kept.writer.full());
});

test('F3: nobody looks again after the end, not even one that looked meanwhile', async () => {
  await using kept = await openKept();
  const { promise: made, resolve } = Promise.withResolvers<boolean>();
  kept.reserve.make = () => made;
  kept.fill();
  await kept.writer.write('a', () => undefined);
  await kept.clock.advance(2000);
  await kept.writer[Symbol.asyncDispose]();
  resolve(false);
  await settle();
  assert.equal(kept.clock.timers(), 0);
});

test('F3: a look that fails is logged, and the next one comes', async () => {
  await using kept = await openKept();
  kept.fill();
  await kept.writer.write('a', () => undefined);
  kept.failLooks(true);
  await kept.clock.advance(2000);
  assert.equal(kept.log.errors.length, 2);
  kept.failLooks(false);
  kept.makeSpace();
  await kept.clock.advance(2000);
  await waitUntil('the reserve is there again', () => !kept.writer.full());
});

test('F3: a reserve that was cut is made again at the next start', async () => {
  await using kept = await openKept();
  truncateSync(kept.file, 100);
  assert.equal(kept.reserve.isHeld(), false);
  assert.equal(await kept.reserve.make(), true);
  assert.equal(statSync(kept.file).size, BYTES);
});

test('F3: a reserve is made by one call at a time', async () => {
  await using kept = await openKept();
  kept.reserve.release();
  assert.deepEqual(await Promise.all([kept.reserve.make(), kept.reserve.make()]), [true, false]);
  assert.equal(statSync(kept.file).size, BYTES);
});

test('F3: a reserve that is given back while it is made is not there', async () => {
  await using kept = await openKept();
  kept.reserve.release();
  const made = kept.reserve.make();
  while (!existsSync(kept.file)) await new Promise(setImmediate);
  assert.equal(kept.reserve.isHeld(), false);
  kept.reserve.release();
  assert.equal(await made, false);
  assert.equal(existsSync(kept.file), false);
});
