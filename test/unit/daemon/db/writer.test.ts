import assert from 'node:assert/strict';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import type { Database } from '#src/daemon/db/index.ts';
import { settle } from '../../../support/clock.ts';
import { openTestDatabase } from '../../../support/database.ts';

/** Writes one row; fails when the name is taken. */
function note(db: Database, name: string): void {
  db.prepare("INSERT INTO facts (name, value) VALUES (?, '')").run(name);
}

function has(db: Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM facts WHERE name = ?').get(name) !== undefined;
}

/** Lets one statement fail as the storage would. */
function failStatement(db: Database, text: string, code: string): { restore(): void } {
  const { prepare } = db;
  const fail = (): never => {
    throw new Sqlite.SqliteError('planted', code);
  };
  db.prepare = ((sql: string) => (sql === text ? { run: fail } : prepare(sql))) as unknown as typeof prepare;
  return { restore: () => void (db.prepare = prepare) };
}

/** Texts of statements as they run. */
function spyStatements(db: Database): string[] {
  const { prepare } = db;
  const seen: string[] = [];
  db.prepare = (sql: string) => (seen.push(sql), prepare(sql));
  return seen;
}

test('operations of one tick share one commit', async () => {
  await using hive = openTestDatabase();
  const seen = spyStatements(hive.db);
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => hive.writer.write(`lane ${index % 5}`, (tx) => note(tx.db, `${index}`))),
  );
  assert.equal(results.length, 50);
  assert.equal(seen.filter((sql) => sql === 'COMMIT').length, 1);
});

test('what is in no hurry begins no transaction for 20 ms, and then shares one', async () => {
  await using hive = openTestDatabase();
  const seen = spyStatements(hive.db);
  const soon = ['a', 'b', 'c'].map((lane) => hive.writer.writeSoon(lane, (tx) => note(tx.db, lane)));
  assert.equal(hive.clock.timers(), 1);
  await hive.clock.advance(19);
  assert.deepEqual([seen, hive.writer.busy()], [[], true]);
  await hive.clock.advance(1);
  await Promise.all(soon);
  assert.equal(seen.filter((sql) => sql === 'COMMIT').length, 1);
  void hive.writer.writeSoon('a', (tx) => note(tx.db, 'again'));
  await hive.clock.advance(20);
  assert.equal(has(hive.db, 'again'), true);
});

test('what is in no hurry shares the transaction that others begin, before what came later in its lane', async () => {
  await using hive = openTestDatabase();
  const seen = spyStatements(hive.db);
  const order: string[] = [];
  const write = (name: string) => (): void => void order.push(name);
  void hive.writer.writeSoon('a', write('soon'));
  await settle();
  assert.deepEqual(order, []);
  await hive.writer.write('a', write('now'));
  assert.deepEqual([order, seen.filter((sql) => sql === 'COMMIT').length], [['soon', 'now'], 1]);
  await hive.clock.advance(20);
  assert.equal(seen.filter((sql) => sql === 'COMMIT').length, 1);
});

test('what is in no hurry is written before the writer ends', async () => {
  await using hive = openTestDatabase();
  const soon = hive.writer.writeSoon('a', (tx) => note(tx.db, 'last'));
  await hive.writer[Symbol.asyncDispose]();
  await soon;
  assert.equal(has(hive.db, 'last'), true);
});

test('one that throws keeps nothing and disturbs nobody', async () => {
  await using hive = openTestDatabase();
  const told: string[] = [];
  hive.writer.onEvents((events) => told.push(...events.map((event) => event.type)));
  const bad = hive.writer.write('a', (tx) => {
    note(tx.db, 'bad');
    tx.emit({ type: 'agent.changed', agent: 'bad', what: '' });
    tx.afterCommit(() => told.push('after bad'));
    tx.ifUndone(() => told.push('undone bad'));
    throw new Error('no');
  });
  const good = hive.writer.write('a', (tx) => {
    note(tx.db, 'good');
    tx.emit({ type: 'forge.changed', state: 'up', detail: '' });
    tx.afterCommit(() => told.push('after good'));
    tx.ifUndone(() => told.push('undone good'));
    return 7;
  });
  await assert.rejects(bad, /^Error: no$/);
  assert.equal(await good, 7);
  // the first run ends at the bad one, before the good one
  assert.deepEqual(told, ['undone bad', 'undone bad', 'after good', 'forge.changed']);
  assert.deepEqual([has(hive.db, 'bad'), has(hive.db, 'good')], [false, true]);
});

test('a statement that breaks a rule of the schema undoes its own operation only', async () => {
  await using hive = openTestDatabase();
  const [first, second] = await Promise.allSettled([
    hive.writer.write('a', (tx) => note(tx.db, 'same')),
    hive.writer.write('b', (tx) => note(tx.db, 'same')),
  ]);
  assert.equal(first.status, 'fulfilled');
  assert.match(String(second.status === 'rejected' && second.reason), /UNIQUE/);
});

test('work before the commit runs once per key, after all operations, in the same transaction', async () => {
  await using hive = openTestDatabase();
  const order: string[] = [];
  const write = (name: string): Promise<void> =>
    hive.writer.write(name, (tx) => {
      order.push(name);
      tx.beforeCommit('key', (group) => {
        order.push(`before commit, in a transaction: ${group.db.inTransaction}`);
        group.afterCommit(() => order.push('after'));
      });
    });
  await Promise.all([write('one'), write('two')]);
  assert.deepEqual(order, ['one', 'two', 'before commit, in a transaction: true', 'after']);
});

test('lanes take turns: a flood does not delay another sender', async () => {
  await using hive = openTestDatabase();
  const order: string[] = [];
  const flood = Array.from({ length: 1000 }, () => hive.writer.write('mallory', () => order.push('mallory')));
  await Promise.all([hive.writer.write('alice', () => order.push('alice')), ...flood]);
  assert.equal(order.indexOf('alice'), 1);
});

test('at most 200 operations share a transaction, and 32 of one lane', async () => {
  await using hive = openTestDatabase();
  const seen = spyStatements(hive.db);
  const writes = (count: number, lane: (index: number) => string): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, (_, index) => hive.writer.write(lane(index), () => undefined)));
  await writes(70, () => 'a');
  assert.equal(seen.filter((sql) => sql === 'COMMIT').length, 3);
  seen.length = 0;
  await writes(450, (index) => `agent ${index}`);
  assert.equal(seen.filter((sql) => sql === 'COMMIT').length, 3);
});

test('what is written behind shares no transaction, and goes after everything that waits', async () => {
  await using hive = openTestDatabase();
  const seen = spyStatements(hive.db);
  const order: string[] = [];
  const behind = ['first', 'second'].map((name) => hive.writer.writeBehind(() => order.push(name)));
  const others = Array.from({ length: 70 }, () => hive.writer.write('alice', () => order.push('alice')));
  await Promise.all([...behind, ...others]);
  assert.deepEqual(order.slice(70), ['first', 'second']);
  assert.equal(seen.filter((sql) => sql === 'COMMIT').length, 3 + 2);
});

test('of two that are written behind the second waits for what came meanwhile', async () => {
  await using hive = openTestDatabase();
  const order: string[] = [];
  let alice: Promise<unknown> | undefined;
  const first = hive.writer.writeBehind(() => {
    hive.clock.jump(100);
    order.push('first');
    alice = hive.writer.write('alice', () => order.push('alice'));
  });
  const second = hive.writer.writeBehind(() => order.push('second'));
  await Promise.all([first, second]);
  await alice;
  assert.deepEqual(order, ['first', 'alice', 'second']);
});

test('beside a flood what is written behind waits for 2 ms, and not for longer', async () => {
  await using hive = openTestDatabase();
  const order: string[] = [];
  const flood = Array.from({ length: 320 }, (_, index) =>
    hive.writer.write('mallory', () => {
      order.push('mallory');
      if (index === 40) hive.clock.jump(2);
    }),
  );
  await Promise.all([hive.writer.writeBehind(() => order.push('behind')), ...flood]);
  assert.equal(order.indexOf('behind'), 64, 'right after the group in which its time ended');
});

test('F3: a full disk refuses with one code and says that nothing was stored; the writer goes on', async () => {
  await using hive = openTestDatabase();
  const full = failStatement(hive.db, 'COMMIT', 'SQLITE_FULL');
  await assert.rejects(
    hive.writer.write('a', (tx) => note(tx.db, 'first')),
    { code: 'unavailable', retry: true, message: /disk of the hive is full, so this was not stored/ },
  );
  full.restore();
  await hive.writer.write('a', (tx) => note(tx.db, 'second'));
  assert.deepEqual([has(hive.db, 'first'), has(hive.db, 'second'), hive.fatal.length], [false, true, 0]);
});

test('a failed fsync is never tried again: everything is refused and the process is told to end', async () => {
  await using hive = openTestDatabase();
  const broken = failStatement(hive.db, 'COMMIT', 'SQLITE_IOERR_FSYNC');
  const writes = Array.from({ length: 300 }, () => hive.writer.write('a', () => undefined));
  for (const write of await Promise.allSettled(writes)) assert.equal(write.status, 'rejected');
  broken.restore();
  await assert.rejects(
    hive.writer.write('a', () => undefined),
    { code: 'unavailable', message: /storage failed/ },
  );
  assert.equal(hive.fatal.length, 1);
});

test('a disk that fills up in the middle of a group keeps nothing of the group', async () => {
  await using hive = openTestDatabase();
  const writes = [
    hive.writer.write('a', (tx) => note(tx.db, 'first')),
    hive.writer.write('b', () => {
      throw new Sqlite.SqliteError('planted', 'SQLITE_FULL');
    }),
  ];
  for (const write of await Promise.allSettled(writes)) assert.equal(write.status, 'rejected');
  assert.equal(has(hive.db, 'first'), false);
});

test('F21: a foreign lock delays writes without blocking, and is told after 15 s', async () => {
  await using hive = openTestDatabase();
  const other = new Sqlite(hive.file);
  other.exec('BEGIN IMMEDIATE');
  const write = hive.writer.write('a', (tx) => note(tx.db, 'late'));
  const early = hive.writer.write('a', () => 'early');
  await settle();
  other.exec('ROLLBACK');
  await hive.clock.advance(20);
  assert.equal(await early, 'early');
  await write;

  other.exec('BEGIN IMMEDIATE');
  const never = hive.writer.write('a', () => undefined);
  const told = assert.rejects(never, { code: 'unavailable', message: /held the database's lock for 15 s/ });
  await settle();
  for (let second = 0; second < 20; second += 5) {
    hive.clock.jump(5000);
    await hive.clock.advance(20);
  }
  await told;
  other.close();
});

test('asynchronous work is refused', async () => {
  await using hive = openTestDatabase();
  await assert.rejects(
    hive.writer.write('a', async (tx) => note(tx.db, 'async')),
    /must not be asynchronous/,
  );
  assert.equal(has(hive.db, 'async'), false);
});

test('disposing lets queued operations end and refuses new ones', async () => {
  await using hive = openTestDatabase();
  const queued = hive.writer.write('a', () => 'done');
  const end = hive.writer[Symbol.asyncDispose]();
  await assert.rejects(
    hive.writer.write('a', () => undefined),
    { code: 'unavailable', message: /stopping/ },
  );
  await end;
  assert.equal(await queued, 'done');
});
