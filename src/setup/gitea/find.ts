import { join } from 'node:path';
import { which } from '#src/lib/which.ts';
import type { SetupResult } from '#src/protocol/setup.ts';
import { findCached } from '../cached-program.ts';
import type { SetupConfig } from '../config.ts';
import { SetupFailure } from '../failure.ts';
import { GITEA_VERSION, recipeHash } from './recipe.ts';
import { giteaVersion, isSafe } from './version.ts';

/** A Gitea to use. */
export type FoundGitea = NonNullable<SetupResult['gitea']>;

/** Where the two kinds of own Gitea are kept in the cache. */
export function cacheFolders(cache: string, extraSums: string): { built: string; downloaded: string } {
  return {
    built: join(cache, 'gitea', `${GITEA_VERSION}-${recipeHash(extraSums)}-${process.arch}`),
    downloaded: join(cache, 'gitea', `${GITEA_VERSION}-official-${process.arch}`),
  };
}

/** The operator's Gitea: refused, not replaced, when it is none or too old. */
export async function findOperators(path: string, uid: number | null): Promise<FoundGitea> {
  const version = await giteaVersion(path, uid);
  if (version !== null && isSafe(version)) return { path, version, source: 'operator' };
  const reason = version === null ? 'does not run as a Gitea for an ordinary user' : `is Gitea ${version}`;
  throw new SetupFailure(`${path}, which was set as the hive's Gitea, ${reason}; ${GITEA_VERSION} or newer is needed`, {
    fix: [`Set HIVE_GITEA to Gitea ${GITEA_VERSION} or newer, or unset it: setup then brings its own.`],
  });
}

/** A Gitea on PATH at or above the floor, else null with the reason. */
export async function findOnPath(config: SetupConfig): Promise<{ found: FoundGitea | null; remark: string }> {
  const path = await which('gitea', config.env['PATH'] ?? '');
  if (path === null) return { found: null, remark: '' };
  const version = await giteaVersion(path, config.builderUid);
  if (version !== null && isSafe(version)) return { found: { path, version, source: 'host' }, remark: '' };
  return { found: null, remark: `${path} is ${version ?? 'no Gitea that runs'}: ${GITEA_VERSION} or newer is needed` };
}

/** The cache's own Gitea, or null. */
export async function findOwn(folders: { built: string; downloaded: string }): Promise<FoundGitea | null> {
  const cached = (await findCached(folders.built, 'gitea')) ?? (await findCached(folders.downloaded, 'gitea'));
  return cached && { path: cached.path, version: cached.version, source: cached.source };
}
