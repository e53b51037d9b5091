import { z } from 'zod';
import { account, comment, issue as issueShape } from '../client/shapes.ts';

/** Webhook bodies as far as the hive reads them (real ones lie in FACTS/gitea-payloads). */

const people = z
  .array(account)
  .nullish()
  .transform((list) => list ?? []);
const words = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const repository = z.object({ full_name: z.string(), html_url: z.string() });
const common = { repository, sender: account };

const issue = issueShape.extend({ assignees: people });
const pull = z.object({
  number: z.number(),
  title: z.string(),
  body: words,
  html_url: z.string(),
  user: account,
  assignees: people,
  requested_reviewers: people,
  merged: z.boolean().default(false),
});

const push = z.object({ ...common, ref: z.string(), after: z.string() });
const issues = z.object({ ...common, action: z.string(), issue });
const comments = z.object({
  ...common,
  action: z.string(),
  issue,
  comment,
  is_pull: z.boolean().default(false),
  pull_request: z.object({ requested_reviewers: people }).nullish(),
});
const pulls = z.object({
  ...common,
  action: z.string(),
  pull_request: pull,
  requested_reviewer: account.nullish(),
  review: z.object({ type: z.string(), content: words }).nullish(),
});
const status = z.object({ ...common, sha: z.string(), state: z.string(), context: z.string(), description: words });

export type PushHappening = { kind: 'push' } & z.infer<typeof push>;
export type IssueHappening = { kind: 'issue' } & z.infer<typeof issues>;
export type CommentHappening = { kind: 'comment' } & z.infer<typeof comments>;
export type PullHappening = { kind: 'pull' } & z.infer<typeof pulls>;
export type StatusHappening = { kind: 'status' } & z.infer<typeof status>;

/** Something that happened on the forge. */
export type Happening = PushHappening | IssueHappening | CommentHappening | PullHappening | StatusHappening;

/** Reads a webhook body; undefined for events the hive does not follow. Throws when a body lacks what it needs. */
export function readHappening(event: string, body: unknown): Happening | undefined {
  if (event === 'push') return { kind: 'push', ...push.parse(body) };
  if (event === 'issues') return { kind: 'issue', ...issues.parse(body) };
  if (event === 'issue_comment') return { kind: 'comment', ...comments.parse(body) };
  if (event.startsWith('pull_request')) return { kind: 'pull', ...pulls.parse(body) };
  if (event === 'status') return { kind: 'status', ...status.parse(body) };
  return undefined;
}
