import { randomBytes } from 'node:crypto';
import { HiveError } from '#src/lib/errors.ts';
import { done } from '../client/call.ts';
import { basic, bearer, connect } from '../client/connect.ts';
import { mintToken } from '../client/tokens.ts';
import { editUser } from '../client/users.ts';
import { giteaArgv, runInForge } from './command.ts';
import type { GiteaLaunch } from './launch.ts';

/** The daemon's own administrator; no person uses it. */
export const HIVE_ROOT = 'hive-root';

/** Makes sure of `hive-root` with the hive's password and answers a fresh token of it; the one of an earlier start is dead. */
export async function ensureAdministrator(launch: GiteaLaunch, url: string, password: string): Promise<string> {
  if (!(await signsIn(url, password))) await takeOver(launch, url, password);
  const admin = { username: HIVE_ROOT, password };
  return mintToken({ url, admin, username: HIVE_ROOT, name: 'hive-daemon', scopes: ['all'] });
}

async function signsIn(url: string, password: string): Promise<boolean> {
  const answer = await fetch(`${url}/api/v1/user`, { headers: { authorization: basic(HIVE_ROOT, password) } });
  await answer.body?.cancel();
  return answer.ok;
}

/** By Gitea's own command line, with a passing token: the password itself never stands in an argument list. */
async function takeOver(launch: GiteaLaunch, url: string, password: string): Promise<void> {
  await createAdministrator(launch);
  const name = `hive-start-${randomBytes(6).toString('hex')}`;
  const wish = ['--username', HIVE_ROOT, '--token-name', name, '--scopes', 'all', '--raw'];
  const printed = await runInForge(launch, { argv: giteaArgv('admin', 'user', 'generate-access-token', ...wish) });
  const gitea = connect(url, bearer(printed.trim().split('\n').at(-1)!));
  await editUser(gitea, HIVE_ROOT, { admin: true, active: true, prohibit_login: false, password });
  const own = connect(url, basic(HIVE_ROOT, password));
  await done('revoke the passing token', own.users.userDeleteAccessToken(HIVE_ROOT, name));
}

async function createAdministrator(launch: GiteaLaunch): Promise<void> {
  const wish = ['--admin', '--username', HIVE_ROOT, '--email', `${HIVE_ROOT}@hive.invalid`];
  const password = ['--random-password', '--random-password-length', '32', '--must-change-password=false'];
  try {
    await runInForge(launch, { argv: giteaArgv('admin', 'user', 'create', ...wish, ...password) });
  } catch (error) {
    if (!(error instanceof HiveError) || !error.message.includes('already exists')) throw error;
  }
}
