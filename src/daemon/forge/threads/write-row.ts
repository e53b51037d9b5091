import { HiveError, toHiveError } from '#src/lib/errors.ts';
import {
  assignIssue,
  closeIssue,
  createComment,
  createIssue,
  findIssue,
  labelIssue,
  listComments,
  reopenIssue,
  searchIssues,
} from '../client/issues.ts';
import type { IssuePlace } from '../client/issues.ts';
import { findAccount } from '../client/users.ts';
import { HIVE_ROOT } from '../gitea/administrator.ts';
import { isMarked, markerKey, markerOf } from './marker.ts';
import type { OutboxRow } from './outbox-store.ts';
import type { ThreadTexts } from './texts.ts';

/** So often an assignment may fail before the ask goes without. */
const ASSIGN_TRIES = 2;

/** What {@link writeRow} needs. */
export interface RowTools {
  place: IssuePlace;
  secret: string;
  texts: ThreadTexts;
  /** Label ids of org-shared/threads, by name. */
  labels: ReadonlyMap<string, number>;
}

/** What the forge has now: the ids to record. */
export type Written = { issue?: { id: number; number: number }; forgeId: number | null };

/** Writes one row to the forge, or finds that an earlier attempt did. Throws what the forge says. */
export async function writeRow(tools: RowTools, row: OutboxRow): Promise<Written> {
  if (row.kind === 'open') return open(tools, row);
  const issue = await knownIssue(tools, row);
  if (row.kind === 'comment') return comment(tools, row, issue);
  if (row.kind === 'reopen') await reopen(tools, row, issue);
  else await close(tools, row, issue);
  return { forgeId: null };
}

async function open(tools: RowTools, row: OutboxRow): Promise<Written> {
  const { place, texts, secret } = tools;
  const writer = await writerOf(tools, row.author);
  const issue =
    (await findOpened(tools, row)) ?? (await createIssue(place, writer, texts.issue(row, markerOf(secret, row))));
  await label(tools, row, issue.number);
  await assign(tools, row, issue.number);
  return { issue: { id: issue.id, number: issue.number }, forgeId: issue.id };
}

async function close(tools: RowTools, row: OutboxRow, issue: number): Promise<void> {
  await label(tools, row, issue);
  await closeIssue(tools.place, issue);
}

/** An ask that ended meanwhile keeps its page closed. */
async function reopen({ place }: RowTools, row: OutboxRow, issue: number): Promise<void> {
  if (row.askState === 'open') await reopenIssue(place, issue);
}

/** Gitea answers 500 to words on an issue that a person deleted: after a failure the page is looked for first. */
async function knownIssue({ place }: RowTools, row: OutboxRow): Promise<number> {
  const { issueNumber, attempts } = row;
  if (issueNumber !== null && (attempts === 0 || (await findIssue(place, issueNumber)))) return issueNumber;
  throw new HiveError('not_found', `the issue of ask ${row.ask} is not on the forge (404)`);
}

/** An earlier attempt whose answer was lost; further copies of it are closed. */
async function findOpened({ place, secret }: RowTools, row: OutboxRow) {
  if (row.attempts === 0) return undefined;
  const found = await searchIssues(place, markerKey(secret, row));
  const [kept, ...copies] = found.filter((one) => isOwn(row, one.user.login) && isMarked(secret, row, one.body));
  for (const copy of copies) await closeIssue(place, copy.number);
  return kept;
}

async function comment(tools: RowTools, row: OutboxRow, issue: number): Promise<Written> {
  const { place, texts, secret } = tools;
  if (row.attempts > 0) {
    const there = await listComments(place, issue);
    const found = there.find((one) => isOwn(row, one.user.login) && isMarked(secret, row, one.body));
    if (found) return { forgeId: found.id };
  }
  const writer = await writerOf(tools, row.author);
  const saidFor = writer === row.author || isHive(row.author) ? null : row.author;
  const written = await createComment(place, issue, writer, texts.comment(row, markerOf(secret, row), saidFor));
  if (row.askState === 'expired') await label(tools, row, issue);
  return { forgeId: written.id };
}

async function label({ place, labels }: RowTools, row: OutboxRow, issue: number): Promise<void> {
  const id = labels.get(`ask/${row.askState}`);
  if (id !== undefined) await labelIssue(place, issue, [id]);
}

/**
 * A target that cannot be assigned (an agent that was just removed) does not hold up the question. Gitea answers 500 for it, as for
 * a trouble of its own: hence some tries.
 */
async function assign({ place }: RowTools, row: OutboxRow, issue: number): Promise<void> {
  try {
    await assignIssue(place, issue, row.target);
  } catch (error) {
    if (row.attempts < ASSIGN_TRIES && toHiveError(error).retry) throw error;
  }
}

/** The account that writes: the author's own, or the hive's when there is none any more. */
async function writerOf({ place }: RowTools, author: string): Promise<string> {
  if (isHive(author)) return HIVE_ROOT;
  return (await findAccount(place.gitea, author)) ? author : HIVE_ROOT;
}

/** A marker counts under the accounts that {@link writerOf} may choose and under nobody else's. */
export function isOwn(row: Pick<OutboxRow, 'author'>, login: string): boolean {
  return login === row.author || login === HIVE_ROOT;
}

function isHive(author: string): boolean {
  return author === 'system' || author === 'forge' || author === HIVE_ROOT;
}
