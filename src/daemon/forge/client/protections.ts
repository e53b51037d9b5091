import { z } from 'zod';
import { done, find } from './call.ts';
import type { Gitea } from './connect.ts';

/** Who may change a protected `main`; nobody named = everybody who may write. Rewriting or deleting it is never allowed. */
export interface ProtectionWish {
  push: string[];
  merge: string[];
}

const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const protection = z.object({
  enable_push: z.boolean(),
  enable_push_whitelist: z.boolean(),
  push_whitelist_usernames: names,
  push_whitelist_teams: names,
  enable_merge_whitelist: z.boolean(),
  merge_whitelist_usernames: names,
  merge_whitelist_teams: names,
  enable_force_push: z.boolean().default(false),
  block_admin_merge_override: z.boolean().default(false),
});

/** `main` of the repository is protected exactly so. */
export async function ensureProtection(gitea: Gitea, owner: string, name: string, wish: ProtectionWish): Promise<void> {
  const wanted: z.infer<typeof protection> = {
    enable_push: true,
    enable_push_whitelist: wish.push.length > 0,
    push_whitelist_usernames: wish.push,
    push_whitelist_teams: [],
    enable_merge_whitelist: wish.merge.length > 0,
    merge_whitelist_usernames: wish.merge,
    merge_whitelist_teams: [],
    enable_force_push: false,
    block_admin_merge_override: true,
  };
  const what = `the protection of ${owner}/${name}:main`;
  const found = await find(`look for ${what}`, protection, gitea.repos.repoGetBranchProtection(owner, name, 'main'));
  if (found && JSON.stringify(found) === JSON.stringify(wanted)) return;
  const request = found
    ? gitea.repos.repoEditBranchProtection(owner, name, 'main', wanted)
    : gitea.repos.repoCreateBranchProtection(owner, name, { rule_name: 'main', ...wanted });
  await done(`set ${what}`, request);
}
