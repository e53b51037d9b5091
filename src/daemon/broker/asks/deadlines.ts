import type { Database, Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { enqueueSystem } from '../messages/enqueue.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { comment } from '../messages/send.ts';
import { isAgent } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { closeAsk, findNextDeadline, listExpired } from '../stores/ask-store.ts';
import type { AskRow } from '../stores/ask-store.ts';

/** Deadlines of asks as work for whoever keeps time. */
export interface AskDeadlines {
  nextDue(db: Database): number | null;
  fire(tx: Tx, max: number): number;
}

/** A deadline that passes is an explicit "nobody answered", never consent; the ask stays answerable. */
export function askDeadlines(core: Core): AskDeadlines {
  return {
    nextDue: (db) => findNextDeadline(db),
    fire(tx, max) {
      const expired = listExpired(tx.db, tx.now, max);
      for (const ask of expired) expire(core, tx, ask);
      return expired.length;
    },
  };
}

function expire(core: Core, tx: Tx, ask: AskRow): void {
  const { id, asker, target, question } = ask;
  closeAsk(tx.db, { id, state: 'expired' });
  const body = `Nobody answered ask ${id} to ${target} before its deadline ("${excerpt(question, 120)}"). This is not consent: decide without an answer, or ask again. A late answer still reaches you.`;
  if (!isAgent(asker) || findRecipient(tx.db, asker))
    enqueueSystem(core, tx, { to: asker, kind: 'system', wakes: true, body, ask: id });
  tx.emit({ type: 'ask.changed', ask: id, asker, target, state: 'expired', excerpt: excerpt(question) });
  comment(core, tx, { ask: id, author: 'system', body: 'Nobody answered before the deadline.', message: null });
}
