import assert from 'node:assert/strict';
import test from 'node:test';
import { rowInsert } from '#src/daemon/db/index.ts';
import type { Database, LateChange, LateInsert, LateTable, Tx } from '#src/daemon/db/index.ts';
import { openTestDatabase } from '../../../support/database.ts';

const lastOf =
  (table: string) =>
  (db: Database): number =>
    db.prepare<[], { id: number }>(`SELECT coalesce(max(id), 0) AS id FROM ${table}`).get()?.id ?? 0;

const ASKS: LateTable = { findLastId: lastOf('asks') };
const ASK: LateInsert = {
  table: ASKS,
  ...rowInsert('INSERT INTO asks (id, asker, target, question, state, asked_at)', "(?, ?, 'bob', ?, ?, 0)"),
};
const SHORT_ASK: LateInsert = {
  table: ASKS,
  ...rowInsert('INSERT INTO asks (id, asker, target, question, state, asked_at)', "(?, ?, 'bob', '', 'open', 0)"),
};
const OUTBOX: LateInsert = {
  table: { findLastId: lastOf('forge_outbox'), after: ASKS },
  ...rowInsert(
    'INSERT INTO forge_outbox (id, ask_id, kind, author, body, state, created_at)',
    "(?, ?, 'open', 'alice', '', 'waiting', 0)",
  ),
};

const ask = (tx: Tx, question: string, state = 'open'): number => tx.insertLate(ASK, ['alice', question, state]);

function questions(db: Database): string[] {
  return db
    .prepare<[], { question: string }>('SELECT question FROM asks ORDER BY id')
    .all()
    .map((row) => row.question);
}

test('rows of several operations are inserted by few statements, with the ids that were answered', async () => {
  await using hive = openTestDatabase();
  const { prepare } = hive.db;
  const seen: string[] = [];
  hive.db.prepare = (sql: string) => (seen.push(sql), prepare(sql));
  const writes = Array.from({ length: 90 }, (_, index) =>
    hive.writer.write(`${index}`, (tx) => ask(tx, `question ${index}`)),
  );
  assert.deepEqual(
    await Promise.all(writes),
    Array.from({ length: 90 }, (_, index) => index + 1),
  );
  assert.equal(seen.filter((sql) => sql.startsWith('INSERT INTO asks')).length, 4, '64, 16, 8 and 2 rows');
  assert.deepEqual(
    questions(hive.db),
    Array.from({ length: 90 }, (_, index) => `question ${index}`),
  );
});

test('whoever asks for the database sees what was inserted late, also through a row that was inserted at once', async () => {
  await using hive = openTestDatabase();
  const direct = `INSERT INTO asks (asker, target, question, state, asked_at) VALUES ('carol', 'bob', 'direct', 'open', 0)`;
  const [first, seen, second] = await Promise.all([
    hive.writer.write('a', (tx) => ask(tx, 'first')),
    hive.writer.write('b', (tx) => {
      const before = questions(tx.beside);
      tx.db.prepare(direct).run();
      return [before, questions(tx.db)];
    }),
    hive.writer.write('c', (tx) => ask(tx, 'second')),
  ]);
  assert.deepEqual([first, second], [1, 3]);
  assert.deepEqual(seen, [[], ['first', 'direct']]);
  assert.deepEqual(questions(hive.db), ['first', 'direct', 'second']);
});

test('an operation that throws, or whose row the table refuses, loses its own rows only', async () => {
  await using hive = openTestDatabase();
  const outcomes = await Promise.allSettled([
    hive.writer.write('a', (tx) => ask(tx, 'good')),
    hive.writer.write('b', (tx) => {
      ask(tx, 'thrown');
      throw new Error('no');
    }),
    hive.writer.write('c', (tx) => ask(tx, 'refused', 'strange')),
    hive.writer.write('d', (tx) => tx.insertLate(OUTBOX, [99])),
    hive.writer.write('e', (tx) => ask(tx, 'also good')),
  ]);
  const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason)));
  assert.deepEqual([told[0], told[1], told[4]], [1, 'Error: no', 2]);
  assert.match(String(told[2]), /CHECK constraint failed: state/);
  assert.match(String(told[3]), /FOREIGN KEY constraint failed/);
  assert.deepEqual(questions(hive.db), ['good', 'also good']);
});

test('rows come after those that they name, whatever order they were put off in', async () => {
  await using hive = openTestDatabase();
  await hive.writer.write('a', (tx) => {
    for (let index = 0; index < 70; index++) {
      tx.insertLate(OUTBOX, [ask(tx, 'long')]);
      tx.insertLate(OUTBOX, [tx.insertLate(SHORT_ASK, ['alice'])]);
    }
  });
  assert.deepEqual([lastOf('asks')(hive.db), lastOf('forge_outbox')(hive.db)], [140, 140]);
});

test('what is remembered is read anew after an operation asked for the database, or was undone', async () => {
  await using hive = openTestDatabase();
  const many = (tx: Tx): number => tx.remembered('asks', (db) => questions(db).length);
  const count = (): Promise<number> => hive.writer.write('a', many);
  const insert = (tx: Tx): void => {
    tx.db.prepare(`INSERT INTO asks (asker, target, question, state, asked_at) VALUES ('a', 'b', '', 'open', 0)`).run();
  };
  assert.equal(await count(), 0);
  hive.db.exec(`INSERT INTO asks (asker, target, question, state, asked_at) VALUES ('a', 'b', '', 'open', 0)`);
  assert.equal(await count(), 0, 'from memory: nobody asked for the database');
  await hive.writer.write('a', insert);
  assert.equal(await count(), 2);
  const undone = hive.writer.write('a', (tx) => {
    insert(tx);
    assert.equal(many(tx), 3);
    throw new Error('no');
  });
  await assert.rejects(undone, /^Error: no$/);
  assert.equal(await count(), 2);
});

const CLOSE: LateChange<number> = {
  make(db, asks, now) {
    const close = db.prepare(`UPDATE asks SET state = 'cancelled', answered_at = ? WHERE id = ? AND state = 'open'`);
    for (const id of asks) if (close.run(now, id).changes !== 1) throw new Error(`ask ${id} is not open`);
  },
};

test('changes of a group are made together, before rows that were put off, and seen by whoever asks for the database', async () => {
  await using hive = openTestDatabase();
  hive.db.exec(`CREATE UNIQUE INDEX one_open ON asks (question) WHERE state = 'open'`);
  const again = (tx: Tx): number => ask(tx, 'the only one');
  const first = await hive.writer.write('a', again);
  const { prepare } = hive.db;
  let closings = 0;
  hive.db.prepare = (sql: string) => (sql.startsWith('UPDATE asks') && closings++, prepare(sql));
  const other = await hive.writer.write('a', (tx) => ask(tx, 'another'));
  const [second, , seen] = await Promise.all([
    hive.writer.write('a', (tx) => (tx.changeLate(CLOSE, first), again(tx))),
    hive.writer.write('b', (tx) => tx.changeLate(CLOSE, other)),
    hive.writer.write('c', (tx) => [questions(tx.beside).length, openAsks(tx.db)]),
  ]);
  assert.deepEqual([second, seen, closings], [3, [2, [3]], 1]);
});

test('a change that cannot be made undoes only the operation that asked for it', async () => {
  await using hive = openTestDatabase();
  const id = await hive.writer.write('a', (tx) => ask(tx, 'closed once'));
  const close = (lane: string): Promise<void> =>
    hive.writer.write(lane, (tx) => (ask(tx, `beside ${lane}`), tx.changeLate(CLOSE, id)));
  const outcomes = await Promise.allSettled([close('a'), close('b'), hive.writer.write('c', (tx) => ask(tx, 'other'))]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'kept' : String(outcome.reason))),
    ['kept', `Error: ask ${id} is not open`, 'kept'],
  );
  assert.deepEqual(questions(hive.db), ['closed once', 'beside a', 'other']);
});

test('what is remembered is read anew after something was put off that it depends on, and sees it', async () => {
  await using hive = openTestDatabase();
  const open = (tx: Tx): number[] => tx.remembered('open', openAsks);
  const id = await hive.writer.write('a', (tx) => ask(tx, 'one'));
  assert.deepEqual(await hive.writer.write('a', open), [id]);
  const [, seen] = await Promise.all([
    hive.writer.write('a', (tx) => tx.changeLate(CLOSE, id)),
    hive.writer.write('b', open),
  ]);
  assert.deepEqual([seen, await hive.writer.write('a', open)], [[], []]);
  const told: LateInsert = { ...SHORT_ASK, table: { ...ASKS, remembered: true } };
  const [made, found] = await Promise.all([
    hive.writer.write('a', (tx) => tx.insertLate(told, ['alice'])),
    hive.writer.write('b', open),
  ]);
  assert.deepEqual(found, [made]);
});

function openAsks(db: Database): number[] {
  return db.prepare(`SELECT id FROM asks WHERE state = 'open' ORDER BY id`).pluck().all() as number[];
}
