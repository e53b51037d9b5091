import type { Clock } from '#src/lib/clock.ts';
import type { Secrets } from '../secrets.ts';
import type { ForgeCredential } from './api.ts';
import { ensureApplication } from './client/applications.ts';
import { bearer, connect } from './client/connect.ts';
import { ensureSystemHook } from './client/system-hook.ts';
import { AGENT_SCOPES, mintToken } from './client/tokens.ts';
import { ensureUser } from './client/users.ts';
import { mirrorFolder, openMirror } from './git/mirror.ts';
import { ensureAdministrator, HIVE_ROOT } from './gitea/administrator.ts';
import type { GiteaLaunch } from './gitea/launch.ts';
import { THREADS } from './pages.ts';
import { ensureSeed } from './seed/ensure-seed.ts';
import { OPERATOR } from './seed/people.ts';
import { readSeed } from './seed/seed-data.ts';
import type { ForgeSession } from './session.ts';

/** What {@link startSession} needs. */
export interface SessionOptions {
  launch: GiteaLaunch;
  url: string;
  secrets: Secrets;
  clock: Clock;
  /** Where the dashboard gets sign-ins back. */
  redirectUri: string;
}

/** Author of what the hive itself commits. */
const HIVE_AUTHOR = { name: HIVE_ROOT, email: `${HIVE_ROOT}@hive.invalid` };

/** Accounts, seed and webhook of a Gitea that just came up: everything is there and as it should be. Repeatable. */
export async function startSession({
  launch,
  url,
  secrets,
  clock,
  redirectUri,
}: SessionOptions): Promise<ForgeSession> {
  const password = secrets.forgeRootPassword;
  const token = await ensureAdministrator(launch, url, password);
  const gitea = connect(url, bearer(token));
  await ensureUser(gitea, { name: HIVE_ROOT, fullName: 'The hive', admin: true });
  // A site administrator: agents' repositories are private, and a person must be able to look into all of them.
  const person = { name: OPERATOR, fullName: 'Operator', admin: true, password: secrets.operatorPassword };
  const { id } = await ensureUser(gitea, person);
  const admin = { username: HIVE_ROOT, password };
  const minted = await mintToken({ url, admin, username: OPERATOR, name: 'hive-git', scopes: AGENT_SCOPES });
  const operator: ForgeCredential = { username: OPERATOR, token: minted };
  const { layout } = launch;
  const mirror = (repository: string) =>
    openMirror({
      gitdir: mirrorFolder(layout.mirror, repository),
      url: `${url}/${repository}.git`,
      credential: () => Promise.resolve(operator),
    });
  const at = Math.floor(clock.now() / 1000);
  const tools = { gitea, folder: layout.seed, author: HIVE_AUTHOR, at, mirror };
  const seeded = await ensureSeed(tools, await readSeed(layout.seed));
  await ensureSystemHook(gitea, secrets.hookSecret);
  return {
    url,
    gitea,
    admin,
    agentTeams: seeded.agentTeams,
    operators: new Map([[id, OPERATOR]]),
    operator,
    application: await ensureApplication(gitea, 'Hive dashboard', redirectUri),
    threadLabels: seeded.labels.get(THREADS) ?? new Map(),
  };
}
