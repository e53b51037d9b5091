import type { Database } from '../../db/index.ts';
import { findDeliveryTo } from '../stores/delivery-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { eachMatch, eachMessageBetween, findWordsUpTo } from '../stores/word-store.ts';
import { toPage } from '../views/flow.ts';
import type { Flow, Page } from '../views/flow.ts';
import { hasWords, toQuery, wordsOf } from './words.ts';

/** What is sought: words that must all occur. */
export interface Search extends Flow {
  search: string;
}

/** Longest look by default, in milliseconds: what was found until then is the answer. */
const PATIENCE = 2000;

/** Messages that hold all words, newest first: those whose words are not noted yet are read, the others found by them. One consistent view. */
export function searchMessages(db: Database, input: Search, patience = PATIENCE): Page {
  const until = performance.now() + patience;
  const view = db.transaction(() => {
    const found: MessageRow[] = [];
    for (const row of eachCandidate(db, input)) {
      if (performance.now() > until) return { ...toPage(db, found, input), more: true };
      if (row === null) continue;
      found.push(row);
      if (found.length > input.max) break;
    }
    return toPage(db, found, input);
  });
  return view();
}

/** Newest first; null = one that was looked at in vain. */
function* eachCandidate(
  db: Database,
  { before = Number.MAX_SAFE_INTEGER, ...input }: Search,
): Generator<MessageRow | null> {
  const sought = wordsOf(input.search);
  if (sought.length === 0) return;
  const upTo = findWordsUpTo(db);
  for (const row of eachMessageBetween(db, upTo, before))
    yield hasWords(row.body, sought) && isMeant(db, row, input) ? row : null;
  for (const row of eachMatch(db, toQuery(sought, input.agent), Math.min(before, upTo + 1)))
    yield isMeant(db, row, input) ? row : null;
}

function isMeant(db: Database, row: MessageRow, { agent, thread }: Pick<Flow, 'agent' | 'thread'>): boolean {
  if (thread !== undefined && row.ask_id !== thread) return false;
  if (agent === undefined || row.sender === agent || row.recipient === agent) return true;
  return row.recipient === '*' && findDeliveryTo(db, row.id, agent);
}
