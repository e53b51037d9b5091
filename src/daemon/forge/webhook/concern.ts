import { shorten } from '#src/lib/shorten.ts';
import type { Account } from '../client/shapes.ts';
import type { CommentHappening, Happening, IssueHappening, PullHappening, StatusHappening } from './happening.ts';

/** Whom something concerns and what they are told: accounts by their role in it, names by a mention in its words. */
export interface Concern {
  accounts: Account[];
  mentioned: string[];
  text: string;
}

/** What a payload does not say and the forge has to be asked for. */
export interface ConcernLookups {
  /** Who reviewed a pull request so far. */
  reviewers(repository: string, number: number): Promise<Account[]>;
  /** The pull request a commit belongs to. */
  pullOf(repository: string, commit: string): Promise<{ title: string; html_url: string; user: Account } | undefined>;
}

const MAX_QUOTE = 400;
const MENTION = /(?<![\w@/.-])@([a-z][a-z0-9-]{0,30})(?![\w-])/g;

/** Who shall hear of `happening`, if anybody; its own actor is not left out yet. */
export async function concernOf(happening: Happening, lookups: ConcernLookups): Promise<Concern | undefined> {
  if (happening.kind === 'issue') return ofIssue(happening);
  if (happening.kind === 'comment') return ofComment(happening);
  if (happening.kind === 'pull') return happening.review ? ofReview(happening) : ofPull(happening, lookups);
  if (happening.kind === 'status') return ofStatus(happening, lookups);
  return undefined;
}

/** Names that a text calls by `@name`. */
export function mentions(text: string): string[] {
  return [...new Set([...text.matchAll(MENTION)].map((match) => match[1]!))];
}

function ofIssue({ action, issue, repository, sender }: IssueHappening): Concern | undefined {
  const subject = `issue ${repository.full_name}#${issue.number} "${issue.title}"`;
  const link = issue.html_url;
  if (action === 'opened')
    return {
      accounts: issue.assignees,
      mentioned: mentions(issue.body),
      text: `${sender.login} opened ${subject}${quote(issue.body)}\n${link}`,
    };
  if (action === 'assigned')
    return { accounts: issue.assignees, mentioned: [], text: `${sender.login} assigned you to ${subject}\n${link}` };
  if (action !== 'closed' && action !== 'reopened') return undefined;
  const accounts = [issue.user, ...issue.assignees];
  return { accounts, mentioned: [], text: `${sender.login} ${action} ${subject}\n${link}` };
}

function ofComment({
  action,
  issue,
  comment,
  is_pull,
  pull_request,
  repository,
  sender,
}: CommentHappening): Concern | undefined {
  if (action !== 'created') return undefined;
  const kind = is_pull ? 'pull request' : 'issue';
  return {
    accounts: [issue.user, ...issue.assignees, ...(pull_request?.requested_reviewers ?? [])],
    mentioned: mentions(comment.body),
    text: `${sender.login} commented on ${kind} ${repository.full_name}#${issue.number} "${issue.title}"${quote(comment.body)}\n${comment.html_url}`,
  };
}

const VERDICTS: Record<string, string> = {
  pull_request_review_approved: 'approved',
  pull_request_review_rejected: 'requested changes on',
  pull_request_review_comment: 'reviewed',
};

function ofReview({ pull_request: pull, review, repository, sender }: PullHappening): Concern {
  const verdict = VERDICTS[review!.type] ?? 'reviewed';
  const { content } = review!;
  return {
    accounts: [pull.user, ...pull.assignees],
    mentioned: mentions(content),
    text: `${sender.login} ${verdict} ${describe(repository.full_name, pull)}${quote(content)}\n${pull.html_url}`,
  };
}

async function ofPull(happening: PullHappening, lookups: ConcernLookups): Promise<Concern | undefined> {
  const { action, pull_request: pull, repository, sender, requested_reviewer: asked } = happening;
  const subject = describe(repository.full_name, pull);
  const tell = (accounts: Account[], what: string, mentioned: string[] = [], words = ''): Concern => ({
    accounts,
    mentioned,
    text: `${sender.login} ${what} ${subject}${quote(words)}\n${pull.html_url}`,
  });
  const around = [pull.user, ...pull.assignees, ...pull.requested_reviewers];
  switch (action) {
    case 'opened':
      return tell([...pull.assignees, ...pull.requested_reviewers], 'opened', mentions(pull.body), pull.body);
    case 'assigned':
      return tell(pull.assignees, 'assigned you to');
    case 'review_requested':
      return tell(asked ? [asked] : pull.requested_reviewers, 'asks for your review of');
    case 'synchronized':
      return tell(
        [...around, ...(await lookups.reviewers(repository.full_name, pull.number))],
        'pushed new commits to',
      );
    case 'closed':
      return tell(around, pull.merged ? 'merged' : 'closed');
    case 'reopened':
      return tell(around, 'reopened');
    default:
      return undefined;
  }
}

async function ofStatus(happening: StatusHappening, lookups: ConcernLookups): Promise<Concern | undefined> {
  const { state, sha, context, description, repository } = happening;
  if (state !== 'failure' && state !== 'error') return undefined;
  const pull = await lookups.pullOf(repository.full_name, sha);
  if (!pull) return undefined;
  const text = `the check ${context} of "${pull.title}" in ${repository.full_name} says ${state}${quote(description)}\n${pull.html_url}`;
  return { accounts: [pull.user], mentioned: [], text };
}

function describe(repository: string, pull: { number: number; title: string }): string {
  return `pull request ${repository}#${pull.number} "${pull.title}"`;
}

/** What a person wrote, as a quotation; without the marks that only programs read. */
function quote(words: string): string {
  const text = words.replaceAll(/<!--.*?-->/gs, '').trim();
  if (text === '') return '';
  return `:\n${shorten(text, MAX_QUOTE).replaceAll(/^/gm, '> ')}`;
}
