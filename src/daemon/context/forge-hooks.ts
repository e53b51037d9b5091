import type { Thread } from '#src/protocol/shapes.ts';
import type { ForgeHooks } from '../forge/api.ts';
import { inBackground, type Parts } from './parts.ts';

/** A comment that begins with this is no answer. */
const NOTE = /^\s*\/note\b/;

/** What the forge tells the rest. */
export function forgeHooks({ agents, broker, log, writer }: Parts): ForgeHooks {
  return {
    agentsChanged: (commit) => inBackground(log, 'reconcile', agents().reconcile(`hive/agents is at ${commit}`)),
    docsChanged: () => inBackground(log, 'sync docs', agents().docsChanged()),
    async commented(issue, author, body, comment) {
      const thread = broker().askByIssue(issue);
      if (!thread || NOTE.test(body) || !mayAnswer(thread, author)) return;
      await broker().answer(author, { id: thread.id, text: body }, comment);
    },
    async closed(issue, author) {
      const thread = broker().askByIssue(issue);
      if (thread?.state === 'open' && (author === thread.asker || author === 'operator')) {
        await broker().cancelAsk(author, thread.id);
      }
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
    acted: (agent, kind, summary) => broker().recordAct(agent, { kind, summary }),
  };
}

/** Only the one who was asked, or the operator, answers by a comment. */
function mayAnswer(thread: Thread, author: string): boolean {
  return author === thread.target || author === 'operator';
}
