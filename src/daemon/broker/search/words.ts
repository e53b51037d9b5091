import { EVERYBODY } from '../stores/word-store.ts';

/** Shorter words are found whole only: everything begins with some letter. */
const PREFIX_LENGTH = 3;

/** A text as the index gets it: FTS5 itself folds some letters and not others. */
export function indexed(text: string): string {
  return isAscii(text) ? text : wordsOf(text).join(' ');
}

/** The words of a text: letters and digits, without case and accents. */
export function wordsOf(text: string): string[] {
  return split(fold(text));
}

/** Whether every word that is sought, or its beginning, is in the text. */
export function hasWords(text: string, sought: readonly string[]): boolean {
  const plain = fold(text);
  // Most texts do not hold the letters at all, and splitting them costs the most.
  if (!sought.every((word) => plain.includes(word))) return false;
  const words = new Set(split(plain));
  const begins = (word: string): boolean => [...words].some((one) => one.startsWith(word));
  return sought.every((word) => words.has(word) || (isBeginning(word) && begins(word)));
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

function fold(text: string): string {
  const plain = isAscii(text) ? text : text.normalize('NFD').replaceAll(/\p{M}/gu, '');
  return plain.toLowerCase();
}

function split(plain: string): string[] {
  return plain.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}
