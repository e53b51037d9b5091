/** White space that one line does not keep: at an end, doubled, or other than a blank. */
const UNTIDY = /^\s|\s$|\s\s|[^\S ]/;

/** The beginning of a text on one line, at most `length` characters. */
export function excerpt(text: string, length = 200): string {
  if (text.length <= length && !UNTIDY.test(text)) return text;
  const line = text
    .slice(0, length * 2)
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(line);
  const whole = characters.length <= length && text.length <= length * 2;
  return whole ? line : `${characters.slice(0, length - 1).join('')}…`;
}
