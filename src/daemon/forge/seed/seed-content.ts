import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Mirror } from '../git/mirror.ts';
import { writeCommit, writeFiles } from '../git/write-commit.ts';
import type { CommitAuthor } from '../git/write-commit.ts';

/** First content of a repository. */
export interface ContentSeed {
  /** Its files on disk. */
  folder: string;
  author: CommitAuthor;
  /** Seconds since the epoch. */
  at: number;
}

/** Gives an empty repository its first commit; one that has a `main` is left alone: from then on it belongs to the people. */
export async function seedContent(mirror: Mirror, seed: ContentSeed): Promise<void> {
  await mirror.alone(async () => {
    if ((await mirror.fetch()) !== undefined) return;
    const tree = await writeFiles(mirror, await readFolder(seed.folder));
    const message = 'Start with what every hive has';
    await mirror.push(await writeCommit(mirror, { ...seed, tree, parent: undefined, message }));
  });
}

async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.toSorted().map(async (path) => [relative(folder, path), await readFile(path)] as const);
  return new Map(await Promise.all(read));
}
