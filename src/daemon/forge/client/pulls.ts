import { z } from 'zod';
import { find } from './call.ts';
import type { Gitea } from './connect.ts';
import { account } from './shapes.ts';
import type { Account } from './shapes.ts';

const review = z.object({ user: account.nullish() });
const pull = z.object({
  title: z.string(),
  html_url: z.string(),
  user: account,
  head: z.object({ sha: z.string() }),
});
type Pull = z.infer<typeof pull>;

/** Everybody who reviewed a pull request so far. */
export async function listReviewers(gitea: Gitea, repository: string, number: number): Promise<Account[]> {
  const [owner, name] = split(repository);
  const request = gitea.repos.repoListPullReviews(owner, name, number, { limit: 100 });
  const reviews = await find(`list the reviews of ${repository}#${number}`, z.array(review), request);
  return (reviews ?? []).flatMap((one) => one.user ?? []);
}

/** The open pull request that `commit` is the head of, if any. (`commits/:sha/pull` knows merged ones only.) */
export async function findPullOf(gitea: Gitea, repository: string, commit: string): Promise<Pull | undefined> {
  const [owner, name] = split(repository);
  const query = { state: 'open', sort: 'recentupdate', limit: 100 } as const;
  const request = gitea.repos.repoListPullRequests(owner, name, query);
  const pulls = await find(`list the pull requests of ${repository}`, z.array(pull), request);
  return pulls?.find((one) => one.head.sha === commit);
}

function split(repository: string): [string, string] {
  const [owner = '', name = ''] = repository.split('/');
  return [owner, name];
}
