import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { bootId, identify, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const holder = z.object({ pid: z.number().int(), startTime: z.string(), boot: z.string() });
type Holder = z.infer<typeof holder>;

/** A lock changes hands at most this often while one start looks at it. */
const TRIES = 5;

/** What a try to take a lock gives: the lock, or who has it (null = others take it at this moment). */
export type Claim = { lock: AsyncDisposable } | { lock: null; holder: ProcessIdentity | null };

/**
 * Makes this process the holder of the lock file `path` until it is disposed or dead. The file names the holder by pid, start time and boot, so that one left
 * by a dead process is told apart from a living one's.
 */
export async function claimLock(path: string): Promise<Claim> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify({ ...identify(process.pid), boot: bootId() }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (await place(draft, path)) return { lock: { [Symbol.asyncDispose]: () => unlink(path) } };
      const found = await read(path);
      if (found && lives(found)) return { lock: null, holder: found };
      await setAside(path, found);
    }
    return { lock: null, holder: null };
  } finally {
    await unlink(draft);
  }
}

/** The living process that holds the lock file `path`, or null. */
export async function lockHolder(path: string): Promise<ProcessIdentity | null> {
  const found = await read(path);
  return found && lives(found) ? { pid: found.pid, startTime: found.startTime } : null;
}

function lives(found: Holder): boolean {
  return found.boot === bootId() && isAlive(found);
}

/** A link appears whole or not at all, and never over another's. */
async function place(draft: string, path: string): Promise<boolean> {
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

/** Removes a dead process's lock; if somebody else has replaced it meanwhile, theirs goes back. */
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
