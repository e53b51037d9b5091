import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { openTestBroker, type TestBroker, to } from '../support/broker.ts';
import { openTestDatabase } from '../support/database.ts';

const MESSAGES = 300;
const NOTICE =
  /^\(The text of message \d+ was damaged on the hive's disk, so it is not shown\. Ask alice to say it again\.\)$/;

/** Says {@link MESSAGES} things to bob in the database `file`, closes it and turns one bit of each text; answers what was said. */
async function sayAndDamage(file: string): Promise<Map<number, string>> {
  const said = new Map<number, string>();
  {
    await using alice = await openTestBroker(['alice', 'bob'], { hive: openTestDatabase({ file }) });
    for (let index = 0; index < MESSAGES; index++) {
      const body = `number ${index}: ${randomBytes(60).toString('hex')}`;
      said.set((await alice.broker.send('alice', to('bob', body))).id, body);
    }
  }
  writeFileSync(file, turnBits(readFileSync(file), [...said.values()]));
  return said;
}

/** Turns a random bit of each text wherever it stands: pages that are free now hold old copies. */
function turnBits(content: Buffer, texts: string[]): Buffer {
  for (const text of texts) {
    const byte = randomInt(text.length);
    const bit = 1 << randomInt(8);
    assert.ok(content.includes(text), `${text} is in the file`);
    for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + text.length))
      content[at + byte]! ^= bit;
  }
  return content;
}

/** Everything that bob gets, turn by turn. */
async function takeAll({ connect, next, broker }: TestBroker): Promise<{ id: number; body: string }[]> {
  const session = await connect('bob');
  const got: { id: number; body: string }[] = [];
  while (got.length < MESSAGES) {
    const { turn, deliveries } = await next(session, 32);
    got.push(...deliveries.map(({ id, body }) => ({ id, body })));
    const presented = deliveries.map(({ delivery }) => delivery);
    await broker.turnEnd(session, {
      turn,
      outcome: 'ok',
      presented,
      error: null,
      model: null,
      tools: {},
      resume_at: null,
    });
  }
  return got;
}

test('F18: text that was flipped on the disk is never shown as what somebody said, and the operator hears of it', async (t: TestContext) => {
  await using damaged = openTestDatabase();
  damaged.db.close();
  const said = await sayAndDamage(damaged.file);
  await using hive = openTestDatabase({ file: damaged.file });
  assert.equal(hive.db.pragma('integrity_check', { simple: true }), 'ok', 'SQLite notices nothing');
  await using bob = await openTestBroker(['alice', 'bob'], { hive });

  const got = await takeAll(bob);
  assert.deepEqual(
    got.map(({ id }) => id),
    [...said.keys()],
  );
  const caught = got.filter(({ body }) => NOTICE.test(body)).length;
  const untrue = got.filter(({ id, body }) => !NOTICE.test(body) && body !== said.get(id)).length;
  t.diagnostic(`${caught} of ${MESSAGES} flipped texts were noticed, ${untrue} were shown as true`);
  assert.ok(caught / MESSAGES >= 0.95, `${caught} of ${MESSAGES}`);
  assert.equal(untrue, MESSAGES - caught);
  assert.equal(bob.broker.damagedMessages().length, caught);
  assert.equal(hive.log.errors.length, caught);

  const shown = bob.broker.messages(methods.messages.input.parse({ max: 50 })).messages;
  assert.ok(
    shown.every(({ id, body }) => NOTICE.test(body) || body === said.get(id)),
    'the operator sees no untrue text either',
  );
});
