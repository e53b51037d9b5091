import * as git from 'isomorphic-git';
import type { TreeEntry } from 'isomorphic-git';
import { HiveError } from '#src/lib/errors.ts';
import type { AgentFolder } from '#src/protocol/agent-config.ts';
import type { Mirror } from './mirror.ts';
import { isPlainName, readFileObject, rootTree } from './read-tree.ts';
import { replaceEntry, writeCommit, writeFiles } from './write-commit.ts';
import type { CommitAuthor } from './write-commit.ts';

const MAX_FOLDERS = 1000;
const MAX_YAML_BYTES = 64 * 1024;
const MAX_PROMPT_BYTES = 256 * 1024;
/** How often a commit is made anew because somebody else pushed meanwhile. */
const TRIES = 5;

/** Reads `main` of hive/agents: one folder per agent, texts not yet judged. */
export async function readAgentFolders(mirror: Mirror): Promise<{ commit: string; folders: AgentFolder[] }> {
  return mirror.alone(async () => {
    const commit = await mirror.fetch();
    if (commit === undefined) throw new HiveError('unavailable', 'hive/agents is empty: the forge is not seeded yet');
    const { tree } = await git.readTree({ ...mirror.repo, oid: await rootTree(mirror, commit) });
    const wanted = tree.filter((entry) => entry.type !== 'blob' || entry.mode === '120000').slice(0, MAX_FOLDERS);
    const folders: AgentFolder[] = [];
    for (const entry of wanted) folders.push(await readFolder(mirror, entry));
    return { commit, folders };
  });
}

async function readFolder(mirror: Mirror, entry: TreeEntry): Promise<AgentFolder> {
  const { path: name } = entry;
  if (entry.type !== 'tree' || !isPlainName(name))
    return {
      name,
      yaml: '',
      prompt: '',
      problem: `${name} is a link, not a folder: replace it by a folder with its own files`,
    };
  const { tree } = await git.readTree({ ...mirror.repo, oid: entry.oid });
  const link = tree.find((one) => one.mode === '120000' || one.type === 'commit');
  if (link) return { name, yaml: '', prompt: '', problem: `${name}/${link.path} is a link: put the text itself there` };
  try {
    const yaml = await readText(mirror, tree, 'agent.yaml', MAX_YAML_BYTES);
    if (yaml === undefined) return { name, yaml: '', prompt: '', problem: `${name}/agent.yaml is missing: add it` };
    return { name, yaml, prompt: (await readText(mirror, tree, 'prompt.md', MAX_PROMPT_BYTES)) ?? '' };
  } catch (error) {
    if (!(error instanceof HiveError)) throw error;
    return { name, yaml: '', prompt: '', problem: `${name}: ${error.message}` };
  }
}

async function readText(
  mirror: Mirror,
  tree: TreeEntry[],
  file: string,
  maxBytes: number,
): Promise<string | undefined> {
  const entry = tree.find((one) => one.path === file && one.type === 'blob');
  if (!entry) return undefined;
  const content = await readFileObject(mirror, entry.oid, maxBytes);
  if (content === undefined) throw new HiveError('invalid', `${file} is larger than ${maxBytes} bytes: shorten it`);
  return content.toString('utf8');
}

/** One agent's folder as it shall be; `files` by name, null = gone. */
export interface FolderCommit {
  name: string;
  files: Record<string, string> | null;
  message: string;
  author: CommitAuthor;
  /** Seconds since the epoch. */
  at: number;
}

/** Commits an agent's folder to `main` and answers the commit; main's own when nothing would change. */
export async function commitAgentFolder(mirror: Mirror, wish: FolderCommit): Promise<string> {
  const names = [wish.name, ...Object.keys(wish.files ?? {})];
  const odd = names.find((name) => !isPlainName(name));
  if (odd !== undefined) throw new HiveError('invalid', `"${odd}" is not a plain file name`);
  return mirror.alone(async () => {
    for (let tried = 1; ; tried++) {
      try {
        return await commitOnce(mirror, wish);
      } catch (error) {
        if (!(error instanceof HiveError) || error.code !== 'conflict' || tried === TRIES) throw error;
      }
    }
  });
}

async function commitOnce(mirror: Mirror, wish: FolderCommit): Promise<string> {
  const parent = await mirror.fetch();
  const before = parent && (await rootTree(mirror, parent));
  const files = wish.files && new Map(Object.entries(wish.files).map(([name, text]) => [name, Buffer.from(text)]));
  const entry = files && { mode: '040000', type: 'tree' as const, oid: await writeFiles(mirror, files) };
  const tree = await replaceEntry(mirror, before, wish.name, entry ?? undefined);
  if (parent !== undefined && tree === before) return parent;
  const commit = await writeCommit(mirror, { ...wish, tree, parent });
  await mirror.push(commit);
  return commit;
}
