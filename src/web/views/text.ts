import { excerpt } from '#src/lib/excerpt.ts';

/** Characters that steer a terminal or turn text around: an agent could hide words with them. Line ends and tabs stay. */
// oxlint-disable-next-line no-control-regex
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/** Text as it is meant to be read: without ANSI sequences, control and bidirectional override characters. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(ANSI, '').replace(STEERING, '');
}

/** One line of at most `max` characters as it is meant to be read, with an ellipsis when something was cut. */
export function oneLine(text: string, max: number): string {
  return excerpt(plain(text.slice(0, max * 8)), max);
}

/** `12`, `3.4k`, `1.2M`: numbers as a row shows them. */
export function compact(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value).replace('K', 'k');
}
