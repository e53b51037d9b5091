import { crc32 } from 'node:zlib';

/** A stored text, and the sum that was stored with it. */
export interface Summed {
  sender: string;
  body: string;
  body_crc: number;
}

/** Whether a text is still what was stored: SQLite does not notice flipped text (FACTS/faults-and-attacks F18). */
export function isTrue({ body, body_crc }: Pick<Summed, 'body' | 'body_crc'>): boolean {
  return crc32(body) === body_crc;
}

/** The text of message `id`, or a word that it is damaged: what a disk made of somebody's words is never shown as theirs. */
export function trueText(id: number, row: Summed): string {
  if (isTrue(row)) return row.body;
  return `(The text of message ${id} was damaged on the hive's disk, so it is not shown. Ask ${row.sender} to say it again.)`;
}
