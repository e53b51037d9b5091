import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listFiles, readFileObject, rootTree } from './read-tree.ts';
import type { TreeFile } from './read-tree.ts';
import type { Mirror } from './mirror.ts';

const LIMITS = { files: 10_000, depth: 16 };
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** What is checked out in a folder, kept beside it so that the folder holds nothing but the repository's files. */
interface CheckoutState {
  commit: string;
  /** False while the folder is being changed, and after a crash in the middle of it. */
  whole: boolean;
  /** Object id and mode by path. */
  files: Record<string, string>;
}

/** The commit that {@link checkOut} last brought into `dir`, undefined before the first; `whole` is false when a crash came in between. */
export async function checkedOut(dir: string): Promise<{ commit: string; whole: boolean } | undefined> {
  return readState(dir);
}

/**
 * Makes `dir` hold exactly the plain files of `commit`: each is written aside and renamed into place, so that a reader sees the old or the new
 * one; no symlink is ever written. Nobody but the daemon may write to `dir` and to the folder it lies in. Answers paths it left out.
 */
export async function checkOut(mirror: Mirror, commit: string, dir: string): Promise<string[]> {
  const { files, refused } = await listFiles(mirror, await rootTree(mirror, commit), LIMITS);
  const state = await readState(dir);
  const made = await mkdir(dir, { recursive: true });
  const before = state?.whole && made === undefined ? state.files : {};
  if (state) await writeState(dir, { commit: state.commit, whole: false, files: {} });
  const wanted = new Map(files.map((file) => [file.path, file]));
  await removeOthers(dir, '', wanted);
  await makeFolders(dir, files);
  for (const file of files) {
    if (before[file.path] === stamp(file)) continue;
    if (!(await place(mirror, file, dir))) refused.push(file.path);
  }
  const stamps = Object.fromEntries(files.map((file) => [file.path, stamp(file)]));
  await writeState(dir, { commit, whole: true, files: stamps });
  return refused;
}

async function place(mirror: Mirror, file: TreeFile, dir: string): Promise<boolean> {
  const content = await readFileObject(mirror, file.oid, MAX_FILE_BYTES);
  const path = join(dir, file.path);
  if (content === undefined) {
    await rm(path, { force: true });
    return false;
  }
  await replaceFile(path, `${dir}.${nonce()}`, content, file.executable ? 0o755 : 0o644);
  return true;
}

async function replaceFile(path: string, draft: string, content: Buffer, mode: number): Promise<void> {
  await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
  await chmod(draft, mode);
  await rename(draft, path);
}

/** The modes are set apart from making: the daemon's umask shall not decide what agents can read. */
async function makeFolders(dir: string, files: TreeFile[]): Promise<void> {
  const folders = new Set([dir]);
  for (const file of files)
    for (let folder = dirname(file.path); folder !== '.'; folder = dirname(folder)) folders.add(join(dir, folder));
  for (const folder of [...folders].toSorted()) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
}

/** Files that are not wanted go, and so does what stands where a file or a folder shall be. */
async function removeOthers(dir: string, folder: string, wanted: Map<string, TreeFile>): Promise<void> {
  for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
    const path = `${folder}${entry.name}`;
    const inside = `${path}/`;
    const holdsWanted = [...wanted.keys()].some((one) => one.startsWith(inside));
    if (entry.isDirectory() && holdsWanted) await removeOthers(dir, inside, wanted);
    else if (entry.isDirectory() || !wanted.has(path)) await rm(join(dir, path), { recursive: true, force: true });
  }
}

function stamp(file: TreeFile): string {
  return `${file.executable ? 'x' : '-'}${file.oid}`;
}

function statePath(dir: string): string {
  return `${dir}.checkout.json`;
}

async function writeState(dir: string, state: CheckoutState): Promise<void> {
  await replaceFile(statePath(dir), `${dir}.${nonce()}`, Buffer.from(JSON.stringify(state)), 0o600);
}

async function readState(dir: string): Promise<CheckoutState | undefined> {
  try {
    return JSON.parse(await readFile(statePath(dir), 'utf8')) as CheckoutState;
  } catch {
    return undefined;
  }
}

function nonce(): string {
  return `new-${randomBytes(6).toString('hex')}`;
}
