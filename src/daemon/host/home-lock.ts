import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import type { Processes } from './api.ts';

const holder = z.object({ pid: z.number().int(), startTime: z.string(), boot: z.string() });
type Holder = z.infer<typeof holder>;

/** A lock changes hands at most this often while one start looks at it. */
const TRIES = 5;

/**
 * Makes this process the only daemon of `home`, until it is disposed or dead: `<home>/daemon.lock` names the holder by pid, start time and boot, so that
 * one left by a dead daemon is told apart from a living one's. Throws `conflict` with the pid of a living holder.
 */
export async function lockHome(home: string, processes: Processes): Promise<AsyncDisposable> {
  const path = join(home, 'daemon.lock');
  const draft = `${path}.${process.pid}`;
  const self = processes.identify(process.pid);
  await writeFile(draft, JSON.stringify({ ...self, boot: processes.bootId() }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (await claim(draft, path)) return { [Symbol.asyncDispose]: () => unlink(path) };
      const found = await read(path);
      if (found && found.boot === processes.bootId() && processes.isAlive(found)) {
        throw new HiveError('conflict', `a daemon of ${home} is running already (pid ${found.pid}): hive down ends it`);
      }
      await setAside(path, found);
    }
    throw new HiveError('conflict', `another daemon of ${home} is just starting: look at hive status`);
  } finally {
    await unlink(draft);
  }
}

/** A link appears whole or not at all, and never over another's. */
async function claim(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return holder.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Removes a dead daemon's lock; if somebody else has replaced it meanwhile, theirs goes back. */
async function setAside(path: string, dead: Holder | null): Promise<void> {
  const aside = `${path}.dead.${process.pid}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const found = await read(aside);
  if (JSON.stringify(found) !== JSON.stringify(dead)) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}
