import { z } from 'zod';
import { done, get } from './call.ts';
import type { Gitea } from './connect.ts';

/** The one address Gitea may call: it resolves nowhere, so that only its own proxy setting leads to the daemon (FACTS/gitea §16). */
export const HOOK_URL = 'http://hive-hook.invalid/hook';

const EVENTS = [
  'push',
  'create',
  'delete',
  'issues',
  'issue_comment',
  'pull_request',
  'repository',
  'release',
  'status',
];

const hook = z.object({ id: z.number(), active: z.boolean(), config: z.object({ url: z.string().default('') }) });

/** Every repository's events go to the daemon, signed with `secret`; further hooks of that address are deleted. */
export async function ensureSystemHook(gitea: Gitea, secret: string): Promise<void> {
  const listed = await get('list the system hooks', z.array(hook), gitea.admin.adminListHooks({ limit: 100 }));
  const [kept, ...others] = listed.filter((one) => one.config.url === HOOK_URL);
  for (const other of others) await done('delete a hook that is there twice', gitea.admin.adminDeleteHook(other.id));
  const config = { url: HOOK_URL, content_type: 'json', secret };
  const body = { active: true, branch_filter: '*', events: EVENTS };
  // The secret cannot be read back, hence set at every start.
  if (kept) return done('repair the system hook', gitea.admin.adminEditHook(kept.id, { ...body, config }));
  const system = { ...config, is_system_webhook: 'true' };
  await done('create the system hook', gitea.admin.adminCreateHook({ type: 'gitea', ...body, config: system }));
}
