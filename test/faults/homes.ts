import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMigrations } from '#src/daemon/db/migrate.ts';
import { migrationsDir } from '../support/database.ts';
import { waitUntil } from '../support/wait.ts';
import { Actor } from './acts.ts';
import { openHive, START, startHive } from './hive.ts';
import { COMMON } from './stories.ts';

/** A little less than the pages after which the log is moved into the database (src/daemon/db/checkpointer.ts). */
const NEARLY_DUE_PAGES = 980;
/** How long before the stories the common home was made, ms. */
const BEFORE_MS = 30_000;

/** Homes that stories start from, made once and copied for every run; not closed, so that their logs are still there. */
export interface Homes {
  copy(home: 'none' | 'common' | 'long log', to: string): void;
  /** The hive's migrations and two newer ones. */
  migrations: string;
}

/** Makes them below `folder`. */
export async function makeHomes(folder: string): Promise<Homes> {
  const common = join(folder, 'common');
  const longLog = join(folder, 'long-log');
  for (const dir of [common, longLog]) mkdirSync(dir);
  await using hive = openHive(join(common, 'hive.db'), { at: START - BEFORE_MS, fatal: fail });
  await startHive(hive);
  const actor = new Actor(hive);
  await waitUntil('the reserve is there', () => hive.reserve.isHeld());
  for (const acts of COMMON) await Promise.all(acts.map((act) => actor.perform(act)));
  copyHome(common, `${common}-kept`);
  const touch = hive.db.prepare(`UPDATE facts SET value = value || '.' WHERE name = 'opened_at'`);
  const pages = (): number => (hive.db.pragma('wal_checkpoint(NOOP)') as { log: number }[])[0]?.log ?? 0;
  while (pages() < NEARLY_DUE_PAGES) touch.run();
  copyHome(common, longLog);
  const kept = { none: undefined, common: `${common}-kept`, 'long log': longLog };
  return {
    copy(home, to) {
      mkdirSync(to, { recursive: true });
      const from = kept[home];
      if (from) copyHome(from, to);
    },
    migrations: makeMigrations(join(folder, 'migrations')),
  };
}

/** The database and its log, not the index over the log: it is made anew. */
function copyHome(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('-shm') });
}

/** Two releases later: several statements each, one of which moves data. */
const NEWER: readonly string[] = [
  `CREATE TABLE labels (message_id INTEGER PRIMARY KEY REFERENCES messages (id), label TEXT NOT NULL) STRICT;
INSERT INTO labels (message_id, label) SELECT id, kind FROM messages;
CREATE INDEX labels_by_label ON labels (label);
ALTER TABLE reminders ADD COLUMN note TEXT;
`,
  `CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
INSERT INTO notes (text) SELECT label FROM labels;
DROP TABLE labels;
`,
];

/** The tables that each of them leaves behind. */
export const STEPS: readonly string[][] = [['labels'], ['notes']];

/** How many statements they have together. */
export const NEWER_STATEMENTS = NEWER.join('').split(/(?<=;)\n/).length - 1;

/** How many migrations this release has. */
export const RELEASED = readMigrations(migrationsDir).length;

function makeMigrations(dir: string): string {
  cpSync(migrationsDir, dir, { recursive: true });
  NEWER.forEach((sql, index) => {
    writeFileSync(join(dir, `${String(RELEASED + index + 1).padStart(4, '0')}-newer.sql`), sql);
  });
  return dir;
}

function fail(error: unknown): never {
  throw error;
}
