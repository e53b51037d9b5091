import type { FlowMessage } from '#src/protocol/shapes.ts';
import type { Database } from '../../db/index.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { eachMatch, eachMessageBetween, findWordsUpTo } from '../stores/word-store.ts';
import { fitting } from '../views/flow.ts';
import { hasWords, toQuery, wordsOf } from './words.ts';

/** What is sought: words that must all occur, in what `agent` sent and got, in one thread, before a message. */
export interface Search {
  search: string;
  agent?: string | undefined;
  thread?: number | undefined;
  before?: number | undefined;
  max: number;
}

/** Longest look: what was found until then is the answer. */
const PATIENCE_MS = 2000;

/** Messages that hold all words, newest first: those whose words are not noted yet are read, the others found by them. One consistent view. */
export function searchMessages(db: Database, input: Search): FlowMessage[] {
  return db.transaction(() => fitting(db, collect(db, input)))();
}

function collect(db: Database, { search, agent, thread, before = Number.MAX_SAFE_INTEGER, max }: Search): MessageRow[] {
  const sought = wordsOf(search);
  if (sought.length === 0) return [];
  const until = performance.now() + PATIENCE_MS;
  const upTo = findWordsUpTo(db);
  const found: MessageRow[] = [];
  const full = (): boolean => found.length >= max || performance.now() > until;
  const isMeant = (row: MessageRow): boolean =>
    (agent === undefined || row.sender === agent || row.recipient === agent || row.recipient === '*') &&
    (thread === undefined || row.ask_id === thread);
  for (const row of eachMessageBetween(db, upTo, before)) {
    if (full()) return found;
    if (isMeant(row) && hasWords(row.body, sought)) found.push(row);
  }
  for (const row of eachMatch(db, toQuery(sought, agent), Math.min(before, upTo + 1))) {
    if (full()) return found;
    if (isMeant(row)) found.push(row);
  }
  return found;
}
