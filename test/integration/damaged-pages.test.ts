import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { seeded } from '../chaos/random.ts';
import { openTestBroker, report } from '../support/broker.ts';
import type { TestBroker } from '../support/broker.ts';
import { harmPage, leaveHive } from '../support/damaged-hive.ts';
import type { LeftHive } from '../support/damaged-hive.ts';
import { openTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { contents } from '../support/killed-database.ts';

/** Pages that are harmed, one at a time, in every run of the tests; `npm run damage` asks for more. */
const ROUNDS = Number(process.env['HIVE_DAMAGES'] ?? 40);
const SEED = Number(process.env['HIVE_DAMAGE_SEED'] ?? randomInt(1_000_000));
const NOTICE = /^\(The text of message \d+ was damaged on the hive's disk, so it is not shown\./;

/** What became of a start over a harmed database. */
type Outcome = 'refused' | 'ended' | 'noticed' | 'unharmed';

const SET_ASIDE = /is damaged: .+\. It was set aside unchanged in \S+, and the hive does not start on an empty one\./;
/** A number in its header makes it look like somebody else's, and it stays where it is. */
const FOREIGN = /is not a hive's database: move it away|start the release that wrote it|does not fit the database/;

/** A start over what is in `dir`: refused in clear words, with everything set aside where it is the hive's, or a hive. */
function start(dir: string): TestDatabase | undefined {
  const file = join(dir, 'hive.db');
  const before = contents(dir);
  try {
    return openTestDatabase({ file });
  } catch (error) {
    assert.ok(error instanceof HiveError, String(error));
    assert.deepEqual([error.code, error.retry], ['unavailable', false]);
    if (FOREIGN.test(error.message) && existsSync(file)) return undefined;
    assert.match(error.message, SET_ASIDE);
    assert.deepEqual(contents(dir), {}, 'nothing took its place');
    const [folder] = readdirSync(join(dir, 'quarantine'));
    assert.deepEqual(contents(join(dir, 'quarantine', folder ?? '')), before);
    assert.throws(() => openTestDatabase({ file }), { code: 'unavailable', message: SET_ASIDE });
    return undefined;
  }
}

/** Everything that waits for bob, turn by turn. */
async function takeAll({ connect, next, broker }: TestBroker): Promise<{ id: number; body: string }[]> {
  const session = await connect('bob');
  const got: { id: number; body: string }[] = [];
  while (broker.counts('bob').queued > 0) {
    const { turn, deliveries } = await next(session, 32);
    got.push(...deliveries.map(({ id, body }) => ({ id, body })));
    const presented = deliveries.map(({ delivery }) => delivery);
    await broker.turnEnd(session, report(turn, 'ok', presented));
  }
  return got;
}

/** All that bob was not done with comes or is shown as given up, nothing else comes, and no text is shown that nobody said. */
async function serve(hive: TestDatabase, { said, acked }: LeftHive): Promise<Outcome> {
  await using bob = await openTestBroker(['alice', 'bob'], { hive });
  const got = await takeAll(bob);
  const dead = bob.broker.deadLetters(200).map(({ id }) => id);
  const waited = [...said.keys()].filter((id) => !acked.has(id));
  assert.deepEqual(
    [...got.map(({ id }) => id), ...dead].toSorted((a, b) => a - b),
    waited,
  );
  const shown = bob.broker.messages({ max: 200 }).messages.filter(({ id }) => said.has(id));
  assert.equal(shown.length, said.size);
  const texts = [...got, ...shown];
  for (const { id, body } of texts)
    assert.ok(NOTICE.test(body) || said.get(id)?.startsWith(body.slice(0, 200)), `message ${id} says ${body}`);
  assert.equal(hive.db.pragma('integrity_check', { simple: true }), 'ok');
  return texts.some(({ body }) => NOTICE.test(body)) ? 'noticed' : 'unharmed';
}

/** Starts over a harmed copy and uses it. */
async function startOver(dir: string, left: LeftHive): Promise<Outcome> {
  const hive = start(dir);
  if (!hive) return 'refused';
  try {
    return await serve(hive, left);
  } catch (error) {
    if (hive.fatal.length === 0) throw error;
    if (hive.db.open) hive.db.close();
    assert.ok(existsSync(`${hive.file}-suspect`), 'damage that was met while it ran makes the next start look');
    assert.equal(start(dir), undefined);
    return 'ended';
  }
}

for (const how of ['closed', 'killed'] as const) {
  test(`F18: a random page goes bad (${how}): refused, ended with a word, or only what is true is served`, async (t: TestContext) => {
    using left = await leaveHive(how);
    const random = seeded(SEED).of(how);
    const tally: Record<Outcome, number> = { refused: 0, ended: 0, noticed: 0, unharmed: 0 };
    const files = contents(left.dir);
    const names = Object.keys(files).filter((name) => /\.db(-wal)?$/.test(name));
    for (let round = 0; round < ROUNDS; round++) {
      const dir = mkdtempSync(join(tmpdir(), 'hive-harmed-'));
      cpSync(left.dir, dir, { recursive: true, preserveTimestamps: true });
      const name = random.pick(names);
      const bytes = readFileSync(join(dir, name));
      const harm = `${name}: ${harmPage(bytes, random)} (round ${round} of seed ${SEED})`;
      writeFileSync(join(dir, name), bytes);
      try {
        tally[await startOver(dir, left)]++;
      } catch (error) {
        throw new Error(`${harm}: ${String(error)}`, { cause: error });
      }
      rmSync(dir, { recursive: true });
    }
    t.diagnostic(`seed ${SEED}, ${statSync(left.file).size} bytes: ${JSON.stringify(tally)}`);
    assert.ok(tally.refused > ROUNDS / 10, JSON.stringify(tally));
  });
}
