import { EVERYBODY } from '../stores/word-store.ts';

/** Shorter words are found whole only: everything begins with some letter. */
const PREFIX_LENGTH = 3;

/** A text as the index gets it: FTS5 itself folds some letters and not others. */
export function indexed(text: string): string {
  return isAscii(text) ? text : wordsOf(text).join(' ');
}

/** The words of a text: letters and digits, without case and accents. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}

/** Whether every word that is sought, or its beginning, is in the text. */
export function hasWords(text: string, sought: readonly string[]): boolean {
  const words = new Set(wordsOf(text));
  return sought.every(
    (word) => words.has(word) || (isBeginning(word) && [...words].some((one) => one.startsWith(word))),
  );
}

/** The same as a query of the index; every word is quoted, so nothing a person types is its syntax. `party` limits it to what somebody sent or got. */
export function toQuery(sought: readonly string[], party: string | undefined): string {
  const words = sought.map((word) => (isBeginning(word) ? `"${word}" *` : `"${word}"`));
  const body = `{body} : (${words.join(' AND ')})`;
  return party === undefined ? body : `${body} AND {parties} : ("${party}" OR "${EVERYBODY}")`;
}

function isBeginning(word: string): boolean {
  return word.length >= PREFIX_LENGTH;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
