const STEPS: [limit: number, unit: number, suffix: string][] = [
  [60_000, 1000, 's'],
  [3_600_000, 60_000, 'm'],
  [86_400_000, 3_600_000, 'h'],
  [Infinity, 86_400_000, 'd'],
];

/** A moment for a template: machine-readable, exact for people, and how long ago. */
export interface TimeView {
  iso: string;
  exact: string;
  ago: string;
}

/** A moment as pages show it, seen from `now`. */
export function timeView(at: number, now: number): TimeView {
  const date = new Date(at);
  return { iso: date.toISOString(), exact: exact(date), ago: distance(now - at) };
}

/** How long ago in the largest unit, or how long until: `now`, `42s`, `5m`, `3h`, `2d`; what is still to come is rounded. The browser's script counts on in the same words. */
export function distance(ms: number): string {
  const length = Math.abs(ms);
  if (length < 5000) return 'now';
  const [, unit, suffix] = STEPS.find(([limit]) => length < limit) ?? STEPS[0]!;
  return `${ms < 0 ? Math.round(length / unit) : Math.floor(length / unit)}${suffix}`;
}

/** A turn's length: `840 ms`, `12 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

function exact(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
