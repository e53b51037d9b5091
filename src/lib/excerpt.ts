/** White space that one line does not keep: at an end, doubled, or other than a blank. */
const UNTIDY = /^\s|\s$|\s\s|[^\S ]/;

/** The beginning of a text on one line, at most `length` characters. */
export function excerpt(text: string, length = 200): string {
  if (text.length <= length && !UNTIDY.test(text)) return text;
  const line = text
    .slice(0, length * 2)
    .replace(/\s+/g, ' ')
    .trim();
  const complete = text.length <= length * 2;
  if (complete && line.length <= length) return line;
  const characters = Array.from(line);
  return complete && characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}
