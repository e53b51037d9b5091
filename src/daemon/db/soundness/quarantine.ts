import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import { syncPath } from '../sync-path.ts';
import type { DamagedError } from './damage.ts';
import { tailPath } from './log-tail.ts';
import { suspectPath } from './suspect.ts';

const CAUSE = 'cause.txt';

/**
 * Moves a damaged database with everything that belongs to it to `quarantine/<time>/` beside it, unchanged; answers the refusal, which names the cause, the
 * place and the way back. Nothing else takes its place.
 */
export function setAside(file: string, damage: DamagedError, at: number): HiveError {
  const folder = join(dirname(file), 'quarantine', new Date(at).toISOString().replaceAll(':', '-'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, CAUSE), `${damage.problem}\n`, { mode: 0o600 });
  for (const path of [join(folder, CAUSE), folder, dirname(folder), dirname(file)]) syncPath(path);
  for (const path of [file, `${file}-wal`, `${file}-shm`, tailPath(file), suspectPath(file)])
    if (existsSync(path)) renameSync(path, join(folder, basename(path)));
  for (const path of [folder, dirname(file)]) syncPath(path);
  return refusal(file, folder, damage);
}

/** Refuses to make a new database where a damaged one was set aside and nothing was put in its place. */
export function refuseAfterQuarantine(file: string): void {
  const all = join(dirname(file), 'quarantine');
  const newest = existsSync(all) ? readdirSync(all).toSorted().at(-1) : undefined;
  if (newest !== undefined) throw refusal(file, join(all, newest));
}

function refusal(file: string, folder: string, cause?: unknown): HiveError {
  const problem = existsSync(join(folder, CAUSE)) ? readFileSync(join(folder, CAUSE), 'utf8').trim() : 'unknown';
  const text = `the database ${file} is damaged: ${problem}. It was set aside unchanged in ${folder}, and the hive does not start on an empty one. ${wayBack(file, folder)}`;
  return new HiveError('unavailable', text, { retry: false, cause });
}

/** Copies are made before the schema changes; there is no other yet. */
function wayBack(file: string, folder: string): string {
  const copy = newestCopy(join(dirname(file), 'backups'));
  const recover = `sqlite3 ${join(folder, basename(file))} .recover may save what is left`;
  if (!copy) return `There is no backup: ${recover}. To begin anew, move ${dirname(folder)} elsewhere`;
  const taken = statSync(copy).mtime.toISOString();
  return `To go back to the backup of ${taken}, without what came later: cp -p ${copy} ${file}, then hive up. Or ${recover}`;
}

function newestCopy(folder: string): string | undefined {
  const copies = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.db')) : [];
  const paths = copies.map((name) => join(folder, name));
  return paths.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}
