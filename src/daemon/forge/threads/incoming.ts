import type { Logger } from 'pino';
import { toHiveError } from '#src/lib/errors.ts';
import type { Writer } from '../../db/api.ts';
import type { ForgeHooks } from '../api.ts';
import { closeIssue } from '../client/issues.ts';
import type { IssuePlace } from '../client/issues.ts';
import type { Comment, Issue } from '../client/shapes.ts';
import type { People } from '../people.ts';
import { findAskByIssue, noteComment } from './asks-store.ts';
import type { AskIssue } from './asks-store.ts';
import { claimedRows, isMarked, withoutMarkers } from './marker.ts';
import { findRow } from './outbox-store.ts';
import type { OutboxRow } from './outbox-store.ts';
import { isOwn } from './write-row.ts';

/** A comment that begins with this is no answer. */
const NOTE = /^\s*\/note\b/;

/** What {@link createIncoming} needs. */
export interface IncomingOptions {
  writer: Writer;
  secret: string;
  people: People;
  hooks: Pick<ForgeHooks, 'commented' | 'closed'>;
  log: Logger;
  place(): Promise<IssuePlace>;
}

/** An issue as far as it tells whose it is. */
export type OwnText = Pick<Issue, 'id' | 'number' | 'body' | 'user'>;

/** What people and agents do on the pages of asks. Each method says whether the issue is an ask's. */
export interface Incoming {
  commented(issueNumber: number, comment: Comment): Promise<boolean>;
  closed(issueNumber: number, closer: number): Promise<boolean>;
  opened(issue: OwnText): Promise<boolean>;
  isAsk(issue: OwnText): boolean;
}

/** The hive's own echoes are told from people's words by the marker together with the account that wrote it. */
export function createIncoming(options: IncomingOptions): Incoming {
  const { writer, people, hooks, log } = options;
  const askOf = (issueNumber: number): AskIssue | undefined => writer.read((db) => findAskByIssue(db, issueNumber));
  return {
    commented: async (issueNumber, comment) => {
      if (ownRow(options, comment, 'comment', comment.id)) return true;
      const ask = askOf(issueNumber);
      if (!ask) return false;
      const author = people.nameOf(comment.user.id);
      const words = withoutMarkers(comment.body);
      if (author === undefined)
        log.warn({ issueNumber, login: comment.user.login }, 'comment by nobody the hive knows');
      else if (words !== '' && !NOTE.test(words))
        await tell(log, hooks.commented(issueNumber, author, words, comment.id));
      await writer.write('forge', ({ db }) => noteComment(db, ask.ask, comment.id));
      return true;
    },
    closed: async (issueNumber, closer) => {
      const ask = askOf(issueNumber);
      if (!ask) return false;
      const author = people.nameOf(closer);
      if (ask.state === 'open' && author !== undefined) await tell(log, hooks.closed(issueNumber, author));
      return true;
    },
    opened: async (issue) => {
      const row = ownRow(options, issue, 'open', issue.id);
      if (!row) return false;
      if (row.issueNumber !== null && row.issueNumber !== issue.number)
        await closeIssue(await options.place(), issue.number);
      return true;
    },
    isAsk: (issue) => askOf(issue.number) !== undefined || ownRow(options, issue, 'open', issue.id) !== undefined,
  };
}

/** A refusal that no repetition mends (a comment too long for an answer) is logged; anything else is for the caller to try again. */
async function tell(log: Logger, told: Promise<void>): Promise<void> {
  try {
    await told;
  } catch (error) {
    const problem = toHiveError(error);
    if (problem.retry || problem.code === 'internal') throw problem;
    log.warn({ err: problem }, 'what was said on a thread is not taken');
  }
}

/** The outbox row that made a text: its marker is right, its account is the row's, and no other text is recorded as the row's. */
function ownRow(
  { writer, secret }: IncomingOptions,
  text: { body: string; user: { login: string } },
  kind: 'open' | 'comment',
  forgeId: number,
): OutboxRow | undefined {
  for (const id of claimedRows(text.body)) {
    const row = writer.read((db) => findRow(db, id));
    if (!row || row.kind !== kind || !isOwn(row, text.user.login) || !isMarked(secret, row, text.body)) continue;
    if (kind === 'open' || row.forgeId === null || row.forgeId === forgeId) return row;
  }
  return undefined;
}
