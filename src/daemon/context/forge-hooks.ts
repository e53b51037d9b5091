import type { Thread } from '#src/protocol/shapes.ts';
import type { ForgeHooks } from '../forge/api.ts';
import { inBackground, type Parts } from './parts.ts';

/** A forge that tells of changes is about to be up. */
const UP_WITHIN_MS = 60_000;

/** What the forge tells the rest. */
export function forgeHooks({ agents, broker, forge, log, writer }: Parts): ForgeHooks {
  // What changed while the forge was away is told just before it can be read again.
  const onceUp = (what: string, work: () => Promise<void>): void =>
    inBackground(log, what, forge().ready(AbortSignal.timeout(UP_WITHIN_MS)).then(work));
  return {
    agentsChanged: (commit) => onceUp('reconcile', () => agents().reconcile(`hive/agents is at ${commit}`)),
    docsChanged: () => onceUp('sync docs', () => agents().docsChanged()),
    async commented(issue, author, body, comment) {
      const thread = broker().askByIssue(issue);
      if (!thread || !mayAnswer(thread, author)) return;
      await broker().answer(author, { id: thread.id, text: body }, comment);
    },
    async closed(issue, author) {
      const thread = broker().askByIssue(issue);
      if (thread?.state !== 'open') return;
      if (author === thread.asker) await broker().cancelAsk(author, { id: thread.id });
      else await broker().keepAskOpen(thread.id, author);
    },
    async concerns(agent, text) {
      await broker().notify({ to: agent, kind: 'forge', body: text, wakes: true, from: 'forge' });
    },
    async pushed(agent, repository, ref, commit, url) {
      await writer.write(agent, (tx) => {
        broker().recordActIn(tx, agent, {
          kind: 'push',
          summary: `pushed ${commit.slice(0, 12)} to ${ref} of ${repository}`,
        });
        tx.emit({ type: 'forge.pushed', agent, repository, ref, commit, url });
      });
    },
    async acted(agent, kind, summary, url) {
      await writer.write(agent, (tx) => {
        broker().recordActIn(tx, agent, { kind, summary });
        tx.emit({ type: 'forge.acted', agent, kind, summary: summary.slice(0, 280), url });
      });
    },
  };
}

/** Only the one who was asked, or the operator, answers by a comment; what the asker adds is no answer. */
function mayAnswer({ asker, target }: Thread, author: string): boolean {
  return author === target || (author === 'operator' && asker !== 'operator');
}
