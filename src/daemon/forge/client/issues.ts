import { z } from 'zod';
import { done, find, get } from './call.ts';
import { inNameOf } from './connect.ts';
import type { Gitea } from './connect.ts';
import { account, comment, issue } from './shapes.ts';
import type { Account, Comment, Issue } from './shapes.ts';

const PAGE = 100;

/** A repository's issues as an administrator reaches them. */
export interface IssuePlace {
  gitea: Gitea;
  owner: string;
  name: string;
}

/** Opens an issue in `author`'s name. */
export async function createIssue(
  place: IssuePlace,
  author: string,
  words: { title: string; body: string },
): Promise<Issue> {
  const { gitea, owner, name } = place;
  const request = gitea.repos.issueCreateIssue(owner, name, words, inNameOf(author));
  return get(`open an issue in ${owner}/${name} as ${author}`, issue, request);
}

/** Issues, open and closed, whose words or comments hold `text`, lowest number first. */
export async function searchIssues({ gitea, owner, name }: IssuePlace, text: string): Promise<Issue[]> {
  const query = { state: 'all', type: 'issues', q: text, limit: PAGE } as const;
  const found = await get(`search ${owner}/${name}`, z.array(issue), gitea.repos.issueListIssues(owner, name, query));
  return found.toSorted((a, b) => a.number - b.number);
}

/** An issue, if it exists. */
export async function findIssue({ gitea, owner, name }: IssuePlace, number: number): Promise<Issue | undefined> {
  const request = gitea.repos.issueGetIssue(owner, name, number);
  return find(`look for ${owner}/${name}#${number}`, issue, request);
}

/** Assigns an issue to exactly one account. */
export async function assignIssue({ gitea, owner, name }: IssuePlace, number: number, assignee: string): Promise<void> {
  const request = gitea.repos.issueEditIssue(owner, name, number, { assignees: [assignee] });
  await done(`assign ${owner}/${name}#${number} to ${assignee}`, request);
}

/** Gives an issue exactly these labels. */
export async function labelIssue({ gitea, owner, name }: IssuePlace, number: number, labels: number[]): Promise<void> {
  const request = gitea.repos.issueReplaceLabels(owner, name, number, { labels });
  await done(`label ${owner}/${name}#${number}`, request);
}

/** Closes an issue; one that is closed stays so. */
export async function closeIssue({ gitea, owner, name }: IssuePlace, number: number): Promise<void> {
  await done(`close ${owner}/${name}#${number}`, gitea.repos.issueEditIssue(owner, name, number, { state: 'closed' }));
}

/** Opens an issue again; one that is open stays so. */
export async function reopenIssue({ gitea, owner, name }: IssuePlace, number: number): Promise<void> {
  await done(`reopen ${owner}/${name}#${number}`, gitea.repos.issueEditIssue(owner, name, number, { state: 'open' }));
}

/** Comments on an issue in `author`'s name. */
export async function createComment(place: IssuePlace, number: number, author: string, body: string): Promise<Comment> {
  const { gitea, owner, name } = place;
  const request = gitea.repos.issueCreateComment(owner, name, number, { body }, inNameOf(author));
  return get(`comment on ${owner}/${name}#${number} as ${author}`, comment, request);
}

/** Every comment of an issue, oldest first. */
export async function listComments({ gitea, owner, name }: IssuePlace, number: number): Promise<Comment[]> {
  const request = gitea.repos.issueGetComments(owner, name, number);
  return get(`list the comments of ${owner}/${name}#${number}`, z.array(comment), request);
}

/** Comments of all issues that were written or changed at `since` or later, oldest first. */
export async function listCommentsSince({ gitea, owner, name }: IssuePlace, since: Date): Promise<Comment[]> {
  const all: Comment[] = [];
  for (let page = 1; ; page++) {
    const query = { since: since.toISOString(), limit: PAGE, page };
    const request = gitea.repos.issueGetRepoComments(owner, name, query);
    const found = await get(`list the comments of ${owner}/${name}`, z.array(comment), request);
    all.push(...found);
    if (found.length < PAGE) return all.toSorted((a, b) => a.id - b.id);
  }
}

const timelineEntry = z.object({ type: z.string(), user: account.nullish() });

/** Who closed an issue last. */
export async function findCloser({ gitea, owner, name }: IssuePlace, number: number): Promise<Account | undefined> {
  const request = gitea.repos.issueGetCommentsAndTimeline(owner, name, number, { limit: PAGE });
  const entries = await get(`read how ${owner}/${name}#${number} went`, z.array(timelineEntry), request);
  return entries.findLast((entry) => entry.type === 'close')?.user ?? undefined;
}
