import { HiveError } from '#src/lib/errors.ts';
import type { Thread } from '#src/protocol/shapes.ts';
import type { Database } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { findAsk } from '../stores/ask-store.ts';
import type { AskRow } from '../stores/ask-store.ts';

/** An ask as callers see it. */
export function toThread(core: Core, row: AskRow): Thread {
  const { issue_number: issue, ...ask } = row;
  return {
    ...ask,
    options: ask.options === null ? null : (JSON.parse(ask.options) as string[]),
    multi: ask.multi === 1,
    url: issue === null ? null : core.hooks.threadUrl(ask.id, issue),
  };
}

/** Throws `not_found`. */
export function getAsk(db: Database, id: number): AskRow {
  const ask = findAsk(db, id);
  if (!ask) throw new HiveError('not_found', `there is no ask ${id}: \`hive threads list\` shows those there are`);
  return ask;
}
