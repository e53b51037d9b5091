import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { Attempt } from '../faults/history.ts';
import { readHistory } from '../faults/history.ts';
import { makeHomes, NEWER_STATEMENTS } from '../faults/homes.ts';
import { judge } from '../faults/judge.ts';
import { atMost, runMatrix } from '../faults/matrix.ts';
import type { Place } from '../faults/matrix.ts';
import { replayPowerLoss } from '../faults/power/replay.ts';
import { withoutStrace } from '../faults/strace.ts';
import type { Fault } from '../faults/strace.ts';

/** What `npm run faults` does at every storage call is done at a few here (docs/faults.md). */
const POINTS_PER_STORY = 3;
const ROUNDS = 15;
const SEED = 20_260_105;
const CHILD = resolve(import.meta.dirname, '../faults/child.ts');

const skip = withoutStrace() ?? false;
let place: Place;

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-faults-'));
  mkdirSync(join(folder, 'homes'));
  place = { folder, homes: await makeHomes(join(folder, 'homes')) };
});
after(() => rmSync(place.folder, { recursive: true, force: true }));

const KINDS: { kind: Fault; title: string }[] = [
  { kind: 'KILL', title: 'F1: SIGKILL at a storage call loses nothing confirmed and leaves nothing half' },
  {
    kind: 'EIO',
    title: 'F2: after EIO nothing is confirmed, no failed fsync is tried again, and the next start is sound',
  },
  { kind: 'ENOSPC', title: 'F3: ENOSPC refuses with one code, and everything goes on when there is space again' },
];

for (const { kind, title } of KINDS) {
  test(title, { skip }, async () => {
    const tallies = await runMatrix(place, { kinds: [kind], choose: atMost(POINTS_PER_STORY) });
    const found = tallies.flatMap(({ violations }) => violations);
    assert.deepEqual(found, []);
    assert.ok(tallies.every(({ points }) => points > 0));
  });
}

test('F5: after a loss of power everything confirmed is there', { skip }, async () => {
  for (const story of ['life', 'checkpoint', 'migrate'])
    assert.deepEqual(await replayPowerLoss(place, { story, rounds: ROUNDS, seed: SEED }), []);
});

test('F5: the same at synchronous=NORMAL loses what was confirmed', { skip }, async () => {
  const losses = await replayPowerLoss(place, { story: 'life', rounds: ROUNDS, seed: SEED, synchronous: 'NORMAL' });
  const wrong = losses.flatMap((loss) => loss.wrong);
  assert.ok(
    wrong.some((what) => /was confirmed and is there 0 times/.test(what)),
    wrong.join('\n'),
  );
});

test('F23: a migration that is killed after any of its statements is whole or absent, backed up, and goes on at the next start', async () => {
  for (let statements = 0; statements < NEWER_STATEMENTS; statements++) {
    const home = join(place.folder, `statement-${statements}`);
    place.homes.copy('common', home);
    const options = ['--story', 'migrate', '--migrations', place.homes.migrations, '--statements', String(statements)];
    const { signal, stdout } = spawnSync(process.execPath, [CHILD, '--home', home, ...options], { encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL', `after ${statements} statements`);
    const wrong = await judge({
      ...{ file: join(home, 'hive.db'), history: readHistory(stdout) },
      migrationsDir: place.homes.migrations,
    });
    assert.deepEqual(wrong, [], `after ${statements} statements`);
  }
});

const sent = { do: 'send', from: 'alice', to: 'bob' } as const;
const PLANTED: { what: string; attempt: Attempt; sql?: string; found: RegExp }[] = [
  {
    what: 'a confirmed message that is lost',
    attempt: { step: 0, act: { ...sent, body: 'never stored' }, state: 'ok', result: { id: 99 } },
    found: /was confirmed and is there 0 times/,
  },
  {
    what: 'a message that is stored twice',
    attempt: { step: 0, act: { ...sent, body: 'waits 1' }, state: 'begun' },
    sql: `UPDATE messages SET body = 'waits 1' WHERE body = 'waits 4'`,
    found: /is there 2 times/,
  },
  {
    what: 'an ack that nobody asked for',
    attempt: { step: 0, act: { ...sent, body: 'waits 1' }, state: 'begun' },
    sql: `UPDATE deliveries SET state = 'acked' WHERE id = 1`,
    found: /acked without anybody asking for it/,
  },
];

for (const { what, attempt, sql, found } of PLANTED) {
  test(`the judge of faults finds ${what}`, async () => {
    const home = mkdtempSync(join(place.folder, 'planted-'));
    place.homes.copy('common', home);
    const wrong = await judge({ file: join(home, 'hive.db'), history: [attempt], ...(sql && { plant: sql }) });
    assert.match(wrong.join('\n'), found);
  });
}
