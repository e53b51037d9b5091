/** Every result of a tool stays below this many bytes, so that the runtime shows it whole (DESIGN §6). */
export const RESULT_BYTES = 16 * 1024;

/** Lines that fit, and how many did not. */
export interface FittedLines {
  lines: string[];
  left: number;
}

/** The first lines that fit into `bytes` together. */
export function fitLines(all: string[], bytes: number): FittedLines {
  const lines: string[] = [];
  let used = 0;
  for (const line of all) {
    used += Buffer.byteLength(line) + 1;
    if (used > bytes) break;
    lines.push(line);
  }
  return { lines, left: all.length - lines.length };
}

/** The text itself when it is short enough, else its beginning, with a word that it goes on; no character is cut in two. */
export function clip(text: string, bytes: number = RESULT_BYTES - 1): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  const more = ' … (cut)';
  let end = bytes - Buffer.byteLength(more);
  while (end > 0 && isInside(whole[end])) end--;
  return `${whole.toString('utf8', 0, end)}${more}`;
}

/** Parts of at most `bytes` bytes that make up the text; no character is cut in two. An empty text has one. */
export function split(text: string, bytes: number): string[] {
  const whole = Buffer.from(text);
  const parts: string[] = [];
  let start = 0;
  do {
    let end = Math.min(whole.length, start + bytes);
    while (end < whole.length && isInside(whole[end])) end--;
    parts.push(whole.toString('utf8', start, end));
    start = end;
  } while (start < whole.length);
  return parts;
}

/** Whether a byte continues a character of UTF-8. */
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
