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

/** A moment as pages show it, seen from `now`; `past` = how far away, whichever side. */
export function timeView(at: number, now: number): TimeView {
  const date = new Date(at);
  return { iso: date.toISOString(), exact: exact(date), ago: distance(Math.abs(now - at)) };
}

/** A length of time in its largest unit: `now`, `42s`, `5m`, `3h`, `2d`. The browser's script counts on in the same words. */
export function distance(ms: number): string {
  if (ms < 5000) return 'now';
  const [, unit, suffix] = STEPS.find(([limit]) => ms < limit) ?? STEPS[0]!;
  return `${Math.floor(ms / unit)}${suffix}`;
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
