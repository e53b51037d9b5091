const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const STEPS: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
];

/** What {@link parseSpan} understands. */
export const SPAN = /^(\d+(\.\d+)?|(\d+(\.\d+)?[smhd])+)$/;
/** How a span is written, for messages about one that is not. */
export const SPAN_RULE = 'a span is a number with s, m, h or d, like 90s, 15m, 2h or 1h30m';

/** Seconds of a span like `90`, `90s`, `15m`, `2h`, `3d` or `1h30m`; undefined when it is none. A bare number is seconds. */
export function parseSpan(text: string): number | undefined {
  if (!SPAN.test(text)) return undefined;
  if (/\d$/.test(text)) return Number(text);
  const parts = text.match(/[\d.]+[smhd]/g) ?? [];
  return parts.reduce((sum, part) => sum + Number(part.slice(0, -1)) * UNITS[part.slice(-1)]!, 0);
}

/** A number of seconds in one unit: `12s`, `3h`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const step = STEPS.find(([size]) => whole >= size);
  return step ? `${Math.floor(whole / step[0])}${step[1]}` : `${whole}s`;
}

/** How long ago an epoch-ms time was, in one unit: `12s ago`, `3h ago`. */
export function ago(at: number, now: number = Date.now()): string {
  return `${span((now - at) / 1000)} ago`;
}
