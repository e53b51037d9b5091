import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import { makeFolder, whyNoFolder } from '#src/lib/make-folder.ts';

/** What of the environment decides where a hive lives. */
export interface HomeEnv {
  HIVE_HOME?: string | undefined;
  XDG_STATE_HOME?: string | undefined;
  XDG_RUNTIME_DIR?: string | undefined;
  HOME?: string | undefined;
}

/** The hive's home: `HIVE_HOME`, else `/var/lib/hyperhive` for root, else `$XDG_STATE_HOME/hyperhive` (DESIGN §11). Absolute. */
export function hiveHome(env: HomeEnv, uid: number): string {
  if (env.HIVE_HOME) return resolve(env.HIVE_HOME);
  if (uid === 0) return '/var/lib/hyperhive';
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'hyperhive');
}

/** Eight hex digits that name a home: in the run folder, cookie names and cgroups. */
export function hiveId(home: string): string {
  return createHash('sha256').update(resolve(home)).digest('hex').slice(0, 8);
}

/** Folder of a home's sockets; short whatever the home, since socket paths end at 108 bytes (DESIGN §5). */
export function runFolder(home: string, env: HomeEnv, uid: number): string {
  return join(runRoot(env, uid), hiveId(home));
}

/** File that the daemon of a home holds while it runs; one that is left was left by a daemon that died. */
export function daemonLock(home: string): string {
  return join(home, 'daemon.lock');
}

/** Folder with one entry per container of a home that was not seen ended: what is there while no daemon runs was left by an earlier one. */
export function containerRecords(home: string): string {
  return join(home, 'containers');
}

/** `/run/hyperhive` for root, else `$XDG_RUNTIME_DIR/hyperhive`, else `/tmp/hyperhive-<uid>`. */
function runRoot(env: HomeEnv, uid: number): string {
  if (uid === 0) return '/run/hyperhive';
  return env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'hyperhive') : `/tmp/hyperhive-${uid}`;
}

/** Makes the run folder of a home (0711 for root, whose agents pass through it; else 0700) and refuses one that somebody else made. */
export function ensureRunFolder(home: string, env: HomeEnv, uid: number): string {
  const folder = runFolder(home, env, uid);
  const mode = uid === 0 ? 0o711 : 0o700;
  for (const dir of [runRoot(env, uid), folder]) {
    makeRunFolder(dir, mode);
    const stat = lstatSync(dir);
    if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o022) !== 0) {
      throw new HiveError(
        'forbidden',
        `${dir} belongs to somebody else or can be written by others: remove it, then try again`,
      );
    }
  }
  return folder;
}

function makeRunFolder(dir: string, mode: number): void {
  try {
    makeFolder(dir, mode);
  } catch (error) {
    const fix = 'choose another XDG_RUNTIME_DIR, or unset it';
    throw new HiveError('invalid', `${dir} cannot be made for sockets (${whyNoFolder(error)}): ${fix}`, {
      cause: error,
    });
  }
}
