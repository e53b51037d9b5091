import type { Clock } from '#src/lib/clock.ts';
import type { Writer } from '../../db/api.ts';
import { findCloser, findIssue, listCommentsSince } from '../client/issues.ts';
import type { IssuePlace } from '../client/issues.ts';
import { findFact, putFact } from '../../db/index.ts';
import { findAskByIssue, listOpenAskIssues } from './asks-store.ts';
import type { Incoming } from './incoming.ts';

const FACT = 'forge_threads_looked_at';
/** Comments' times have a resolution of one second and the forge's clock is the host's: some overlap costs nothing. */
const OVERLAP_MS = 60_000;

/** What {@link reconcileThreads} needs. */
export interface ReconcileOptions {
  writer: Writer;
  clock: Clock;
  incoming: Incoming;
  place: IssuePlace;
}

/** Catches up with what was said and closed on asks' issues while no webhook arrived: Gitea tries each hook once. */
export async function reconcileThreads({ writer, clock, incoming, place }: ReconcileOptions): Promise<void> {
  const startedAt = clock.now();
  const looked = Number(writer.read((db) => findFact(db, FACT)) ?? 0);
  for (const comment of await listCommentsSince(place, new Date(Math.max(0, looked - OVERLAP_MS)))) {
    const issueNumber = Number(/\/(\d+)$/.exec(comment.issue_url)?.[1] ?? 0);
    const ask = writer.read((db) => findAskByIssue(db, issueNumber));
    if (ask && comment.id > ask.lastCommentId) await incoming.commented(issueNumber, comment);
  }
  for (const ask of writer.read(listOpenAskIssues)) {
    const issue = await findIssue(place, ask.issueNumber);
    if (issue?.state !== 'closed') continue;
    const closer = await findCloser(place, ask.issueNumber);
    if (closer) await incoming.closed(ask.issueNumber, closer.id);
  }
  await writer.write('forge', ({ db }) => putFact(db, FACT, String(startedAt)));
}
