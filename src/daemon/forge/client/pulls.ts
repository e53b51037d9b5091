import { z } from 'zod';
import { find } from './call.ts';
import type { Gitea } from './connect.ts';
import { account } from './shapes.ts';
import type { Account } from './shapes.ts';

const review = z.object({ user: account.nullish() });
const pull = z.object({ title: z.string(), html_url: z.string(), user: account });

/** Everybody who reviewed a pull request so far. */
export async function listReviewers(gitea: Gitea, repository: string, number: number): Promise<Account[]> {
  const [owner, name] = split(repository);
  const request = gitea.repos.repoListPullReviews(owner, name, number, { limit: 100 });
  const reviews = await find(`list the reviews of ${repository}#${number}`, z.array(review), request);
  return (reviews ?? []).flatMap((one) => one.user ?? []);
}

/** The pull request a commit belongs to, if any. */
export async function findPullOf(
  gitea: Gitea,
  repository: string,
  commit: string,
): Promise<z.infer<typeof pull> | undefined> {
  const [owner, name] = split(repository);
  const request = gitea.repos.repoGetCommitPullRequest(owner, name, commit);
  return find(`look for the pull request of ${commit} in ${repository}`, pull, request);
}

function split(repository: string): [string, string] {
  const [owner = '', name = ''] = repository.split('/');
  return [owner, name];
}
