import * as git from 'isomorphic-git';
import type { TreeEntry } from 'isomorphic-git';
import type { Mirror } from './mirror.ts';

/** Who stands in a commit of the hive. */
export interface CommitAuthor {
  name: string;
  email: string;
}

/** A commit to write: its whole tree, its parent (undefined = first) and its words. */
export interface CommitWish {
  tree: string;
  parent: string | undefined;
  author: CommitAuthor;
  message: string;
  /** Seconds since the epoch. */
  at: number;
}

/** Writes a tree of files by their paths ("skills/x/SKILL.md") and answers its object id. */
export async function writeFiles(mirror: Mirror, files: ReadonlyMap<string, Buffer>): Promise<string> {
  const entries: TreeEntry[] = [];
  const folders = new Map<string, Map<string, Buffer>>();
  for (const [path, content] of files) {
    const [first, ...rest] = path.split('/');
    if (rest.length === 0) {
      entries.push({ mode: '100644', type: 'blob', path, oid: await git.writeBlob({ ...mirror.repo, blob: content }) });
      continue;
    }
    const folder = folders.get(first!) ?? new Map<string, Buffer>();
    folders.set(first!, folder.set(rest.join('/'), content));
  }
  for (const [path, inside] of folders)
    entries.push({ mode: '040000', type: 'tree', path, oid: await writeFiles(mirror, inside) });
  return git.writeTree({ ...mirror.repo, tree: entries });
}

/** Writes `tree` with `name` replaced by `entry` (undefined = without it) and answers its object id. */
export async function replaceEntry(
  mirror: Mirror,
  tree: string | undefined,
  name: string,
  entry: Omit<TreeEntry, 'path'> | undefined,
): Promise<string> {
  const old = tree === undefined ? [] : (await git.readTree({ ...mirror.repo, oid: tree })).tree;
  const kept = old.filter((one) => one.path !== name);
  return git.writeTree({ ...mirror.repo, tree: entry ? [...kept, { ...entry, path: name }] : kept });
}

/** Writes a commit object and answers its id. */
export async function writeCommit(mirror: Mirror, wish: CommitWish): Promise<string> {
  const person = { ...wish.author, timestamp: wish.at, timezoneOffset: 0 };
  return git.writeCommit({
    ...mirror.repo,
    commit: {
      message: `${wish.message.trim()}\n`,
      tree: wish.tree,
      parent: wish.parent === undefined ? [] : [wish.parent],
      author: person,
      committer: person,
    },
  });
}
