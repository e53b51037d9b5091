import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { HiveError } from '#src/lib/errors.ts';
import type { ForgeCredential } from '../api.ts';

/** Where the fetched branch is kept, and from where commits are pushed. */
const REMOTE_MAIN = 'refs/remotes/origin/main';
const OUTGOING = 'refs/heads/outgoing';

/** What {@link openMirror} needs; `url` is the repository's clone address. */
export interface MirrorOptions {
  gitdir: string;
  url: string;
  credential(): Promise<ForgeCredential>;
}

/** A bare copy of one repository's `main` in the daemon's own folder: what is read and written there are git objects, never files of a checkout. */
export interface Mirror {
  /** For isomorphic-git's calls that read or write objects. */
  repo: { fs: typeof fs; gitdir: string };
  /** Brings `main` here and answers its commit; undefined while the repository is empty. */
  fetch(): Promise<string | undefined>;
  /** Makes `commit` the forge's `main`; throws `conflict` when `main` moved meanwhile. */
  push(commit: string): Promise<void>;
  /** Runs `work` when no other work of this mirror runs. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** Opens the mirror of a repository; made on first use, and made anew when its files are damaged. */
export function openMirror({ gitdir, url, credential }: MirrorOptions): Mirror {
  const repo = { fs, gitdir };
  let queue: Promise<unknown> = Promise.resolve();
  const onAuth = async (): Promise<git.GitAuth> => {
    const { username, token } = await credential();
    return { username, password: token };
  };
  const fetchOnce = async (): Promise<string | undefined> => {
    await git.init({ ...repo, bare: true, defaultBranch: 'main' });
    await git.addRemote({ ...repo, remote: 'origin', url, force: true });
    if (!(await hasMain(url, onAuth))) return undefined;
    await git.fetch({ ...repo, http, remote: 'origin', ref: 'main', singleBranch: true, tags: false, onAuth });
    return git.resolveRef({ ...repo, ref: REMOTE_MAIN });
  };
  return {
    repo,
    fetch: async () => {
      try {
        return await fetchOnce();
      } catch (error) {
        if (isRemote(error)) throw unavailable(url, error);
        await rm(gitdir, { recursive: true, force: true });
        return fetchOnce();
      }
    },
    push: async (commit) => {
      await git.writeRef({ ...repo, ref: OUTGOING, value: commit, force: true });
      try {
        await git.push({ ...repo, http, remote: 'origin', ref: OUTGOING, remoteRef: 'refs/heads/main', onAuth });
      } catch (error) {
        throw pushRefused(url, error);
      }
    },
    alone: (work) => {
      const result = queue.then(work);
      queue = result.catch(() => undefined);
      return result;
    },
  };
}

/** Place of a repository's mirror. */
export function mirrorFolder(root: string, repository: string): string {
  return join(root, `${repository}.git`);
}

async function hasMain(url: string, onAuth: () => Promise<git.GitAuth>): Promise<boolean> {
  const refs = await git.listServerRefs({ http, url, onAuth, prefix: 'refs/heads/main' });
  return refs.some((one) => one.ref === 'refs/heads/main');
}

function isRemote(error: unknown): boolean {
  if (error instanceof git.Errors.HttpError || error instanceof git.Errors.SmartHttpError) return true;
  return error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));
}

function unavailable(url: string, cause: unknown): HiveError {
  return new HiveError('unavailable', `the forge does not hand out ${url}`, { cause, retry: true });
}

function pushRefused(url: string, cause: unknown): HiveError {
  if (cause instanceof git.Errors.PushRejectedError)
    return new HiveError('conflict', `main of ${url} moved meanwhile: try again`, { cause, retry: true });
  if (cause instanceof git.Errors.GitPushError)
    return new HiveError('forbidden', `the forge refused the push to ${url}: ${cause.data.prettyDetails}`, { cause });
  return unavailable(url, cause);
}
