import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { done, find, get } from './call.ts';
import type { Gitea } from './connect.ts';

/** How a pull request may be merged. */
export type MergeStyle = 'any' | 'fast-forward-only';

/** A repository of an organisation as the hive wants it. */
export interface RepositoryWish {
  owner: string;
  name: string;
  description: string;
  issues: boolean;
  pullRequests: boolean;
  merge: MergeStyle;
}

const repository = z.object({
  private: z.boolean(),
  description: z.string(),
  has_issues: z.boolean(),
  has_pull_requests: z.boolean(),
  has_wiki: z.boolean(),
  has_projects: z.boolean().default(false),
  default_branch: z.string(),
  archived: z.boolean(),
  allow_merge_commits: z.boolean().default(false),
  allow_rebase: z.boolean().default(false),
  allow_rebase_explicit: z.boolean().default(false),
  allow_squash_merge: z.boolean().default(false),
  allow_fast_forward_only_merge: z.boolean().default(false),
});
type Settings = z.infer<typeof repository>;

/** The private repository exists with exactly these units and merge styles. */
export async function ensureRepository(gitea: Gitea, wish: RepositoryWish): Promise<void> {
  const { owner, name, description } = wish;
  const what = `the repository ${owner}/${name}`;
  const found =
    (await find(`look for ${what}`, repository, gitea.repos.repoGet(owner, name))) ??
    (await get(
      `create ${what}`,
      repository,
      gitea.orgs.createOrgRepo(owner, { name, description, private: true, default_branch: 'main' }),
    ));
  const wanted = settings(wish);
  const same = Object.entries(wanted).every(([key, value]) => found[key as keyof Settings] === value);
  if (same) return;
  const style = wish.merge === 'any' ? {} : { default_merge_style: wish.merge };
  await done(`repair ${what}`, gitea.repos.repoEdit(owner, name, { ...wanted, ...style }));
}

/** The commit a branch points to, if the branch exists. */
export async function findHead(gitea: Gitea, owner: string, name: string, branch: string): Promise<string | undefined> {
  const shape = z.object({ commit: z.object({ id: z.string() }) });
  const found = await find(
    `look for ${owner}/${name}:${branch}`,
    shape,
    gitea.repos.repoGetBranch(owner, name, branch),
  );
  return found?.commit.id;
}

/** A right on somebody's repository for somebody else. */
export interface ShareWish {
  owner: string;
  repository: string;
  other: string;
  permission: 'read' | 'write';
}

/** Makes `other` a collaborator with exactly this right and answers the repository's page; throws `not_found` naming the repository. */
export async function shareRepository(
  gitea: Gitea,
  { owner, repository: name, other, permission }: ShareWish,
): Promise<string> {
  const page = z.object({ html_url: z.string() });
  const found = await find(`look for ${owner}/${name}`, page, gitea.repos.repoGet(owner, name));
  if (!found) {
    const advice = `push it first with \`git push origin main\`, or look for its right name`;
    throw new HiveError('not_found', `${owner} has no repository "${name}" on the forge: ${advice}`);
  }
  const request = gitea.repos.repoAddCollaborator(owner, name, other, { permission });
  await done(`share ${owner}/${name} with ${other}`, request);
  return found.html_url;
}

/** Merge styles are settings of the pull requests' unit: without it Gitea answers false for each. */
function settings(wish: RepositoryWish): Partial<Settings> {
  const units = {
    private: true,
    description: wish.description,
    has_issues: wish.issues,
    has_pull_requests: wish.pullRequests,
    has_wiki: false,
    has_projects: false,
    default_branch: 'main',
    archived: false,
  };
  if (!wish.pullRequests) return units;
  const any = wish.merge === 'any';
  return {
    ...units,
    allow_merge_commits: any,
    allow_rebase: any,
    allow_rebase_explicit: any,
    allow_squash_merge: any,
    allow_fast_forward_only_merge: true,
  };
}
