import { chown, lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { sha256 } from '#src/lib/sha256.ts';
import { SetupFailure } from '../failure.ts';
import { setprivArgs } from './identity.ts';

/** Where builds work when their own user cannot enter the cache. On disk, unlike /tmp on many hosts. */
const OUTSIDE = '/var/tmp';

/** A builder's folders: `base` belongs to setup's user, `home` to the builder alone. */
export interface BuilderFolder {
  base: string;
  home: string;
  /** Copies of programs that the builder cannot reach where they are. */
  tools: string;
}

/** Makes the folders of the builder of this cache, or finds them again. Call it only while holding the builder's lock. */
export async function openBuilderFolder(cache: string, uid: number | null): Promise<BuilderFolder> {
  const inside = join(cache, 'builder');
  const outside = join(OUTSIDE, `hyperhive-builder-${sha256(cache).slice(0, 8)}`);
  const base = uid === null || (await canEnter(cache, uid)) ? inside : outside;
  const folder = { base, home: join(base, 'home'), tools: join(base, 'tools') };
  await mkdir(base, { mode: 0o755 }).catch(ignoreExisting);
  await refuseForeign(base);
  await mkdir(folder.tools, { recursive: true, mode: 0o755 });
  await mkdir(folder.home, { mode: 0o700 }).catch(ignoreExisting);
  if (uid !== null) await chown(folder.home, uid, uid);
  return folder;
}

/** True when the builder's user may use `path`. */
export async function canEnter(path: string, uid: number): Promise<boolean> {
  const probe = await execa('setpriv', [...setprivArgs(uid), 'test', '-r', path, '-a', '-x', path], {
    reject: false,
    cwd: '/',
  });
  return probe.exitCode === 0;
}

/** Removes all a builder has; what the builder wrote is deleted under its own user. */
export async function removeBuilderFolder({ base, home, tools }: BuilderFolder, uid: number | null): Promise<void> {
  await execa('setpriv', [...setprivArgs(uid), 'find', home, '-mindepth', '1', '-delete'], { cwd: '/', reject: false });
  await rm(tools, { recursive: true, force: true });
  await rmdir(home);
  await rmdir(base);
}

async function refuseForeign(base: string): Promise<void> {
  const found = await lstat(base);
  if (found.isDirectory() && found.uid === (process.getuid?.() ?? 0)) return;
  throw new SetupFailure(`${base} belongs to somebody else`, {
    fix: [`Remove ${base} and repeat, or set HIVE_CACHE to another folder.`],
  });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
