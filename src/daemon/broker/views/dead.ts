import { excerpt } from '#src/lib/excerpt.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Database } from '../../db/index.ts';
import { trueText } from '../messages/true-text.ts';
import { countAllDead, countDead, listDead } from '../stores/dead-store.ts';

type Dead = (typeof methods)['deadList'];

/** Dead letters of one agent or of all, newest first, and how many there are. */
export function showDead(db: Database, { agent, max }: Parsed<Dead>): Output<Dead> {
  const rows = listDead(db, agent ?? null, max);
  const total = agent === undefined ? countAllDead(db) : countDead(db, agent);
  return {
    dead: rows.map(({ body, body_crc, ...row }) => ({
      ...row,
      excerpt: excerpt(trueText(row.message, { sender: row.from, body, body_crc })),
    })),
    total,
  };
}
