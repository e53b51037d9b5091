import type { Core } from '../core.ts';
import { findLastMessage } from '../stores/message-store.ts';
import { PARTIES_BATCH } from '../stores/party-store.ts';
import { eachMessageAfter, findWordsUpTo, insertWords, setWordsUpTo } from '../stores/word-store.ts';
import { indexed } from './words.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Tx } from '../../db/index.ts';

/** Messages, and bytes of their texts, whose words are noted in one transaction: some milliseconds. */
const AT_ONCE = 100;
const BYTES_AT_ONCE = 64 * 1024;
/** A pause so many times as long as the work before it: what others write goes first, and loses a twentieth at most … */
const PAUSE = 20;
/** … and a hundredth while there is much of it: what is not noted yet is found all the same, only slower. */
const BUSY_PAUSE = 100;

/** Notes the words of all messages, a few at a time with pauses, once there are enough of them that are not noted. */
export async function noteWords(core: Core): Promise<void> {
  const { writer, clock } = core;
  if (core.notingWords) return;
  const missing = writer.read((db) => findLastMessage(db) - findWordsUpTo(db));
  if (missing < PARTIES_BATCH) return;
  core.notingWords = true;
  try {
    let more = true;
    while (more && !core.stopped) {
      let begun = 0;
      more = await writer.writeBehind((tx) => {
        begun = clock.monotonic();
        return noteSome(tx);
      });
      const pause = (writer.busy() ? BUSY_PAUSE : PAUSE) * (clock.monotonic() - begun);
      if (more) await new Promise<void>((go) => clock.after(pause, go));
    }
  } finally {
    core.notingWords = false;
  }
}

/** False when nothing is left. */
function noteSome(tx: Tx): boolean {
  const rows: MessageRow[] = [];
  let bytes = 0;
  for (const row of eachMessageAfter(tx.db, findWordsUpTo(tx.db))) {
    rows.push(row);
    bytes += row.body.length;
    if (rows.length >= AT_ONCE || bytes >= BYTES_AT_ONCE) break;
  }
  for (const row of rows) insertWords(tx.db, { ...row, body: indexed(row.body) });
  const last = rows.at(-1);
  if (last) setWordsUpTo(tx.db, last.id);
  return rows.length >= AT_ONCE || bytes >= BYTES_AT_ONCE;
}
