import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import Sqlite from 'better-sqlite3';
import { PARTIES_BATCH } from '#src/daemon/broker/stores/party-store.ts';
import { findWordsUpTo } from '#src/daemon/broker/stores/word-store.ts';
import { searchMessages } from '#src/daemon/broker/search/search-messages.ts';
import { hasWords, indexed, toQuery, wordsOf } from '#src/daemon/broker/search/words.ts';
import { openTestBroker, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { waitUntil } from '../../../support/wait.ts';

/** Bodies that a search finds, newest first. */
async function found(
  hive: TestBroker,
  search: string,
  rest: { agent?: string; thread?: number; before?: number; max?: number } = {},
): Promise<string[]> {
  const { messages } = await hive.broker.search({ max: 50, ...rest, search });
  return messages.map((message) => message.body);
}

/** Sends so many messages that the earlier ones are found by the index, and waits until they are. */
async function fill(hive: TestBroker): Promise<void> {
  const many = Array.from({ length: PARTIES_BATCH }, (_, n) => hive.broker.send('operator', to('zoe', `filler x${n}`)));
  await Promise.all(many);
  await waitUntil('all words are noted', async () => {
    await hive.hive.clock.advance(1000);
    return hive.hive.writer.read(findWordsUpTo) >= PARTIES_BATCH;
  });
}

/** Threads of this process. */
function threads(): number {
  return readdirSync('/proc/self/task').length;
}

const TEXTS = [
  'The deployment of the API failed',
  'Große Änderung: Café geöffnet',
  'snake_case and kebab-case',
  'naïve FAILED attempt 42',
  'ошибка сервера',
  '日本語 テスト',
];

describe('search', () => {
  for (const indexed of [false, true]) {
    const how = indexed ? 'by the index' : 'by reading what is new';
    test(`all words must occur, in any case and with any accents: ${how}`, async () => {
      await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
      for (const body of TEXTS) await hive.broker.send('alice', to('bob', body));
      if (indexed) await fill(hive);
      assert.deepEqual(await found(hive, 'failed'), [TEXTS[3], TEXTS[0]]);
      assert.deepEqual(await found(hive, 'API failed'), [TEXTS[0]]);
      assert.deepEqual(await found(hive, 'deploy'), [TEXTS[0]], 'the beginning of a word');
      assert.deepEqual(await found(hive, 'cafe andere'), []);
      assert.deepEqual(await found(hive, 'CAFE anderung'), [TEXTS[1]]);
      assert.deepEqual(await found(hive, 'case'), [TEXTS[2]]);
      assert.deepEqual(await found(hive, '42'), [TEXTS[3]]);
      assert.deepEqual(await found(hive, '4'), []);
      assert.deepEqual(await found(hive, 'ошиб'), [TEXTS[4]]);
      assert.deepEqual(await found(hive, 'нет'), []);
    });

    test(`what an agent did not get it does not see: ${how}`, async () => {
      await using hive = await openTestBroker(['alice', 'bob', 'mallory', 'zoe']);
      await hive.hive.writer.write('test', (tx) =>
        tx.db.prepare(`UPDATE agents SET config = '{"recipients":["bob"]}' WHERE name = 'alice'`).run(),
      );
      const ask = await hive.broker.ask('bob', { to: 'alice', question: 'secret?', multi: false });
      await hive.broker.send('alice', { ...to('*', 'secret for bob'), in_reply_to: ask.message });
      await hive.broker.send('zoe', to('*', 'secret for all'));
      if (indexed) await fill(hive);
      const seen = async (agent: string) => {
        const rest = { agent, reader: agent, max: 50 };
        const lists = [
          await hive.broker.search({ ...rest, search: 'secret' }),
          hive.broker.messages({ ...rest, before: ask.message + 3 }),
          hive.broker.messages({ ...rest, thread: ask.id }),
        ];
        return lists.map(({ messages }) =>
          messages.map(({ body, deliveries }) => [body, ...deliveries.map((row) => row.recipient)]),
        );
      };
      const own = [
        ['secret for all', 'bob'],
        ['secret for bob', 'bob'],
        ['secret?', 'alice'],
      ];
      assert.deepEqual(await seen('bob'), [own, own, own.slice(1)]);
      assert.deepEqual(await seen('mallory'), [[['secret for all', 'mallory']], [['secret for all', 'mallory']], []]);
      const sent = ['secret for all', 'alice', 'bob', 'mallory'];
      assert.deepEqual(await seen('zoe'), [[sent], [sent], []]);
      const all = await hive.broker.search({ search: 'secret', agent: 'bob', max: 1 });
      assert.deepEqual(
        all.messages[0]?.deliveries.map((row) => row.recipient),
        ['alice', 'bob', 'mallory'],
      );
    });

    test(`an agent's search finds what it sent, got or heard as everybody, and nothing else: ${how}`, async () => {
      await using hive = await openTestBroker(['alice', 'bob', 'bob-2', 'zoe']);
      await hive.broker.send('alice', to('bob', 'secret plan one'));
      await hive.broker.send('alice', to('bob-2', 'secret plan two'));
      await hive.broker.send('bob', to('alice', 'secret plan three'));
      await hive.broker.send('bob-2', to('*', 'secret plan four'));
      await hive.broker.send('operator', to('zoe', 'bob alice secret plan five'));
      if (indexed) await fill(hive);
      const all = ['five', 'four', 'three', 'two', 'one'];
      const last = (bodies: string[]) => bodies.map((body) => body.split(' ').at(-1));
      assert.deepEqual(last(await found(hive, 'secret')), all);
      assert.deepEqual(last(await found(hive, 'secret', { agent: 'bob' })), ['four', 'three', 'one']);
      assert.deepEqual(last(await found(hive, 'secret', { agent: 'bob-2' })), ['four', 'two']);
      assert.deepEqual(last(await found(hive, 'secret', { agent: 'zoe' })), ['five', 'four']);
      assert.deepEqual(last(await found(hive, 'secret', { max: 2 })), ['five', 'four']);
      assert.deepEqual(last(await found(hive, 'secret', { before: 3 })), ['two', 'one']);
    });
  }

  test('a search in a thread stays in it; a thread alone shows what was said there, to an agent what is its own', async () => {
    await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
    const ask = await hive.broker.ask('alice', { to: 'bob', question: 'which port?', multi: false });
    await hive.broker.ask('zoe', { to: 'bob', question: 'which port, too?', multi: false });
    await hive.broker.send('operator', { ...to('zoe', 'port 80, by the way'), in_reply_to: ask.message });
    await hive.broker.answer('bob', { id: ask.id, text: 'port 443' });
    assert.deepEqual(await found(hive, 'port', { thread: ask.id }), ['port 443', 'port 80, by the way', 'which port?']);
    const shown = (input: { agent?: string; before?: number }) =>
      hive.broker.messages({ thread: ask.id, max: 50, ...input }).messages.map((message) => message.body);
    assert.deepEqual(shown({}), ['port 443', 'port 80, by the way', 'which port?']);
    assert.deepEqual(shown({ agent: 'bob' }), ['port 443', 'which port?']);
    assert.deepEqual(shown({ before: 3 }), ['which port?']);
  });

  test('a search that did not see everything says so', async () => {
    await using hive = await openTestBroker(['alice', 'bob']);
    for (const body of ['needle one', 'hay', 'needle two']) await hive.broker.send('alice', to('bob', body));
    const more = (input: { before?: number; max: number }, patience?: number) =>
      searchMessages(hive.hive.db, { search: 'needle', ...input }, patience).more;
    assert.deepEqual([more({ max: 1 }), more({ max: 2 }), more({ max: 1, before: 3 })], [true, false, false]);
    assert.equal(more({ max: 9 }, -1), true, 'the time was over at once');
    assert.equal(more({ max: 9, before: 1 }, -1), false, 'nothing was left to look at');
  });

  test('nothing that is typed is a mistake', async () => {
    await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
    await hive.broker.send('alice', to('bob', 'a quote " and NOT body: (x) NEAR/2'));
    await fill(hive);
    for (const typed of [
      '"',
      '"""',
      'a AND',
      'NOT',
      '(',
      'body:',
      '*',
      '{parties} : "zoe"',
      "'; DROP",
      'NEAR(a b)',
      '-x',
      '^a',
      '  ',
      '!!',
      '\u0000',
    ])
      assert.ok(Array.isArray(await found(hive, typed)), typed);
    assert.equal((await found(hive, 'NOT body:')).length, 1);
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), async (typed) => {
        await hive.broker.search({ search: typed, max: 5 });
      }),
      { numRuns: 200 },
    );
  });

  test('reading and the index agree about words', () => {
    const db = new Sqlite(':memory:');
    db.exec(`CREATE VIRTUAL TABLE words USING fts5 (body, parties, content = '', contentless_delete = 1)`);
    const letter = fc.constantFrom(
      ...Array.from('aAäÄßéÉñ1９٣яЯ漢がf'),
      'e\u0301',
      ' ',
      '-',
      '_',
      '.',
      '\n',
      '"',
      'ﬁ',
      '😀',
    );
    const text = fc.array(letter, { minLength: 1, maxLength: 40 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(text, text, (body, typed) => {
        const sought = wordsOf(typed).slice(0, 3);
        fc.pre(sought.length > 0);
        db.prepare('INSERT INTO words (rowid, body, parties) VALUES (1, ?, ?)').run(indexed(body), 'alice bob');
        const hits = db.prepare('SELECT rowid FROM words WHERE words MATCH ?').all(toQuery(sought, 'bob')).length;
        db.prepare('DELETE FROM words WHERE rowid = 1').run();
        assert.equal(hits === 1, hasWords(body, sought), JSON.stringify({ body, sought }));
      }),
      { numRuns: 2000 },
    );
  });

  test('messages that retention forgets are not found any more, whether their words were noted or not', async () => {
    await using hive = await openTestBroker(['alice', 'bob', 'zoe']);
    await hive.broker.send('alice', to('bob', 'old words'));
    await fill(hive);
    await hive.broker.send('alice', to('bob', 'new words'));
    const ids = (await hive.broker.search({ search: 'words', max: 9 })).messages.map((message) => message.id);
    assert.equal(ids.length, 2);
    await hive.hive.writer.write('retention', (tx) => {
      hive.broker.forgetMessages(tx, ids);
      const list = JSON.stringify(ids);
      tx.db.prepare('DELETE FROM deliveries WHERE message_id IN (SELECT value FROM json_each(?))').run(list);
      tx.db.prepare('DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))').run(list);
    });
    assert.deepEqual(await found(hive, 'words'), []);
    const left = hive.hive.db
      .prepare(`SELECT count(*) AS many FROM message_words WHERE message_words MATCH 'words'`)
      .get();
    assert.deepEqual(left, { many: 0 });
    assert.equal((await found(hive, 'filler')).length, 50);
  });

  test('who searches too much at once is refused, and others have their turn before the rest of it', async () => {
    await using hive = await openTestBroker(['alice', 'mallory']);
    await hive.broker.send('alice', to('mallory', 'needle'));
    const order: string[] = [];
    const search = async (agent: string | undefined): Promise<void> => {
      await hive.broker.search({ search: 'needle', agent, reader: agent, max: 5 }).then(
        ({ messages }) => order.push(`${agent ?? 'operator'} ${messages.length}`),
        ({ code }: { code: string }) => order.push(`${agent} ${code}`),
      );
    };
    await Promise.all([...Array(5).fill('mallory'), 'alice', undefined].map(search));
    const limited = Array(2).fill('mallory limited');
    assert.deepEqual(order, [...limited, 'mallory 1', 'mallory 1', 'alice 1', 'operator 1', 'mallory 1']);
  });

  test('the thread ends when nobody searches, and begins again', async () => {
    await using hive = await openTestBroker(['alice', 'bob']);
    await hive.broker.send('alice', to('bob', 'needle'));
    const without = threads();
    assert.equal((await found(hive, 'needle')).length, 1);
    assert.ok(threads() > without);
    await hive.hive.clock.advance(60_000);
    await waitUntil('the thread is gone', () => threads() === without);
    assert.equal((await found(hive, 'needle')).length, 1);
  });
});
