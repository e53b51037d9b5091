import * as git from 'isomorphic-git';
import type { Mirror } from './mirror.ts';

/** A file in a commit. */
export interface TreeFile {
  path: string;
  oid: string;
  executable: boolean;
}

/** What {@link listFiles} found: `refused` are paths of what the hive does not take from a repository (symlinks, submodules, odd names). */
export interface TreeListing {
  files: TreeFile[];
  refused: string[];
}

/** Limits of one listing; what goes beyond is refused. */
export interface ListLimits {
  files: number;
  depth: number;
}

/** Object id of a commit's root tree. */
export async function rootTree(mirror: Mirror, commit: string): Promise<string> {
  const found = await git.readCommit({ ...mirror.repo, oid: commit });
  return found.commit.tree;
}

/** Every plain file below `tree`, by path. */
export async function listFiles(mirror: Mirror, tree: string, limits: ListLimits): Promise<TreeListing> {
  const listing: TreeListing = { files: [], refused: [] };
  await walk(mirror, tree, '', { listing, limits });
  return listing;
}

/** Content of a file; undefined when it is larger than `maxBytes`. */
export async function readFileObject(mirror: Mirror, oid: string, maxBytes: number): Promise<Buffer | undefined> {
  const { blob } = await git.readBlob({ ...mirror.repo, oid });
  return blob.length > maxBytes ? undefined : Buffer.from(blob);
}

/** True for a name that is one harmless step of a path. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.toLowerCase() !== '.git' && !/[/\\\0]/.test(name);
}

async function walk(
  mirror: Mirror,
  tree: string,
  folder: string,
  into: { listing: TreeListing; limits: ListLimits },
): Promise<void> {
  const { listing, limits } = into;
  for (const entry of (await git.readTree({ ...mirror.repo, oid: tree })).tree) {
    const path = `${folder}${entry.path}`;
    const deep = path.split('/').length > limits.depth;
    if (!isPlainName(entry.path) || deep || listing.files.length >= limits.files) listing.refused.push(path);
    else if (entry.type === 'tree') await walk(mirror, entry.oid, `${path}/`, into);
    else if (entry.mode === '100644' || entry.mode === '100755')
      listing.files.push({ path, oid: entry.oid, executable: entry.mode === '100755' });
    else listing.refused.push(path);
  }
}
