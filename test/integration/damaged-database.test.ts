import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  contents,
  countFacts,
  FACTS,
  type LeftDatabase,
  leaveDatabase,
  overwrite,
  withOpened,
} from '../support/killed-database.ts';

const PAGE = 4096;

interface Harm {
  what: string;
  left: 'killed' | 'closed';
  harm(left: LeftDatabase): void | Promise<void>;
  says: RegExp;
}

const DATABASE: Harm[] = [
  { what: 'an empty file', left: 'closed', harm: ({ file }) => truncateSync(file, 0), says: /it is empty/ },
  {
    what: 'a file cut in its header',
    left: 'closed',
    harm: ({ file }) => truncateSync(file, 50),
    says: /cut after 50 bytes/,
  },
  {
    what: 'a file cut after some pages',
    left: 'closed',
    harm: ({ file }) => truncateSync(file, 3 * PAGE),
    says: /it was cut/,
  },
  {
    what: 'a garbage header',
    left: 'closed',
    harm: ({ file }) => overwrite(file, 0, Buffer.from('not a database at all')),
    says: /does not begin like an SQLite database/,
  },
  {
    what: 'a page of noise',
    left: 'closed',
    harm: ({ file }) => overwrite(file, PAGE, Buffer.alloc(PAGE, 0xa5)),
    says: /damaged: /,
  },
  {
    what: 'a missing file beside its log',
    left: 'killed',
    harm: ({ file }) => rmSync(file),
    says: /it is missing, but its log/,
  },
];

const LOG: Harm[] = [
  {
    what: 'a missing log',
    left: 'killed',
    harm: ({ file }) => rmSync(`${file}-wal`),
    says: /its log \S+ is missing or empty/,
  },
  {
    what: 'an emptied log',
    left: 'killed',
    harm: ({ file }) => truncateSync(`${file}-wal`, 0),
    says: /is missing or empty/,
  },
  {
    what: 'a log cut by its last page',
    left: 'killed',
    harm: ({ file }) => truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 1),
    says: /was cut or changed/,
  },
  {
    what: 'a log cut in half',
    left: 'killed',
    harm: ({ file }) => truncateSync(`${file}-wal`, statSync(`${file}-wal`).size / 2),
    says: /was cut or changed/,
  },
  {
    what: 'noise in the middle of a log',
    left: 'killed',
    harm: ({ file }) => overwrite(`${file}-wal`, Math.floor(statSync(`${file}-wal`).size / 2), Buffer.alloc(64, 0xa5)),
    says: /was cut or changed: \d+ of at least \d+ pages/,
  },
  {
    what: "another hive's log",
    left: 'killed',
    async harm({ file }) {
      using other = await leaveDatabase('killed');
      copyFileSync(`${other.file}-wal`, `${file}-wal`);
    },
    says: /is not the one that was written here last/,
  },
];

describe('F18: a damaged database', () => {
  for (const { what, left, harm, says } of [...DATABASE, ...LOG]) {
    test(`${what} is refused with its cause and set aside unchanged; nothing takes its place`, async () => {
      using here = await leaveDatabase(left);
      await harm(here);
      const before = contents(here.dir);
      const opening = (): unknown => withOpened(here.file, countFacts);
      assert.throws(opening, { code: 'unavailable', retry: false, message: says });
      assert.throws(opening, { code: 'unavailable', message: says }, 'the second start says the same');
      assert.deepEqual(contents(here.dir), {}, 'no empty database was made');
      const [folder] = readdirSync(join(here.dir, 'quarantine'));
      assert.deepEqual(contents(join(here.dir, 'quarantine', folder ?? '')), before);
    });
  }

  test('the refusal names the newest backup and the command to go back to it, which works', async () => {
    using here = await leaveDatabase('closed');
    const backup = join(here.dir, 'backups/hive-schema-1.db');
    mkdirSync(join(here.dir, 'backups'));
    copyFileSync(here.file, backup);
    truncateSync(here.file, 0);
    assert.throws(
      () => withOpened(here.file, countFacts),
      new RegExp(`To go back to the backup of .*: cp -p ${backup} ${here.file}, then hive up`),
    );
    copyFileSync(backup, here.file);
    assert.equal(withOpened(here.file, countFacts), FACTS);
  });

  test('without a backup the refusal says so', async () => {
    using here = await leaveDatabase('closed');
    truncateSync(here.file, 0);
    assert.throws(
      () => withOpened(here.file, countFacts),
      /There is no backup: sqlite3 .*quarantine.* \.recover may save/,
    );
  });

  test('a killed daemon, a restart of the log and a clean end leave nothing that is taken for damage', async () => {
    using here = await leaveDatabase('killed');
    assert.ok(statSync(`${here.file}-wal`).size > FACTS * PAGE);
    for (let start = 0; start < 3; start++) assert.equal(withOpened(here.file, countFacts), FACTS);
    assert.deepEqual(Object.keys(contents(here.dir)), ['hive.db']);
  });

  test('what the operator vouches for is taken: without the record of its end a short log is just short', async () => {
    using here = await leaveDatabase('killed');
    truncateSync(`${here.file}-wal`, Math.floor(statSync(`${here.file}-wal`).size / 2));
    rmSync(`${here.file}-tail`);
    assert.ok(withOpened(here.file, countFacts) < FACTS);
  });

  test('a record that is torn says nothing', async () => {
    using here = await leaveDatabase('killed');
    writeFileSync(`${here.file}-tail`, '12 3');
    assert.equal(withOpened(here.file, countFacts), FACTS);
    assert.ok(!existsSync(join(here.dir, 'quarantine')));
  });
});
