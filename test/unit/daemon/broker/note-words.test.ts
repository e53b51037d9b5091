import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PARTIES_BATCH } from '#src/daemon/broker/stores/party-store.ts';
import { findWordsUpTo } from '#src/daemon/broker/stores/word-store.ts';
import { openTestBroker, to } from '../../../support/broker.ts';
import { openTestDatabase } from '../../../support/database.ts';
import type { TestDatabase } from '../../../support/database.ts';

/** Each batch of words takes so long, ms. */
const TAKES = 10;

/** Has each batch of words take {@link TAKES}; answers when they began. */
function slowWords({ writer, clock }: TestDatabase): number[] {
  const begins: number[] = [];
  const writeBehind = writer.writeBehind.bind(writer);
  writer.writeBehind = (work) =>
    writeBehind((tx) => {
      const before = findWordsUpTo(tx.db);
      const result = work(tx);
      if (findWordsUpTo(tx.db) === before) return result;
      begins.push(clock.monotonic());
      clock.jump(TAKES);
      return result;
    });
  return begins;
}

async function addMessages({ writer }: TestDatabase, many: number): Promise<void> {
  const insert = `INSERT INTO messages (sender, recipient, kind, body, created_at, depth, body_crc) VALUES ('alice', 'bob', 'message', 'words', 0, 0, 0)`;
  await writer.write('test', ({ db }) => {
    const statement = db.prepare(insert);
    for (let n = 0; n < many; n++) statement.run();
  });
}

test('words are noted for a twentieth of the time, and for a hundredth while others write much', async () => {
  await using database = openTestDatabase();
  const { clock } = database;
  const begins = slowWords(database);
  await addMessages(database, PARTIES_BATCH);
  await using hive = await openTestBroker(['alice', 'bob'], { hive: database });
  const send = () => hive.broker.send('alice', to('bob', 'more'));

  /** From the begin of the last batch to that of the next one, while so many messages are sent at once every 10 ms. */
  async function gap(sends: number): Promise<number> {
    const seen = begins.length;
    while (begins.length === seen) {
      await Promise.all(Array.from({ length: sends }, send));
      await clock.advance(10);
    }
    return begins.at(-1)! - begins.at(-2)!;
  }

  await clock.advance(0);
  assert.equal(begins.length, 1);
  const expected = [
    { sends: 0, pauses: 20 },
    { sends: 4, pauses: 100 },
    { sends: 1, pauses: 20 },
  ];
  for (const { sends, pauses } of expected) {
    // The pause that ends with it was decided before.
    await gap(sends);
    assert.equal(await gap(sends), TAKES + pauses * TAKES, `${sends} messages at once`);
  }
});
