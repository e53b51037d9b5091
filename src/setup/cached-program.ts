import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { sha256OfFile } from '#src/lib/sha256.ts';

/** What is remembered beside a program in the cache. */
const manifest = z.object({
  version: z.string(),
  source: z.enum(['built', 'downloaded']),
  sha256: z.string(),
});
export type Manifest = z.infer<typeof manifest>;

/** A finished program in the cache. */
export interface CachedProgram extends Manifest {
  path: string;
  dir: string;
}

/** The finished program `name` in the cache folder `dir`, or null; what is not whole is removed. */
export async function findCached(dir: string, name: string): Promise<CachedProgram | null> {
  const about = await readManifest(join(dir, 'manifest.json'));
  const path = join(dir, name);
  const there = await stat(path).catch(() => null);
  if (about && there && (await sha256OfFile(path)) === about.sha256) return { ...about, path, dir };
  await rm(dir, { recursive: true, force: true });
  return null;
}

async function readManifest(file: string): Promise<Manifest | null> {
  try {
    return manifest.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Fills the cache folder `dir` with one program: `make` writes it to a path in a temporary folder beside, and only
 * when all went well that folder gets its name. Call it while holding a lock.
 */
export async function fillCache(
  { dir, name }: { dir: string; name: string },
  about: Omit<Manifest, 'sha256'>,
  make: (target: string) => Promise<void>,
): Promise<CachedProgram> {
  const unfinished = `${dir}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o755 });
  const target = join(unfinished, name);
  await make(target);
  await chmod(target, 0o755);
  const complete: Manifest = { ...about, sha256: await sha256OfFile(target) };
  await writeFile(join(unfinished, 'manifest.json'), `${JSON.stringify(complete)}\n`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dirname(dir), { recursive: true, mode: 0o755 });
  await rename(unfinished, dir);
  return { ...complete, path: join(dir, name), dir };
}
