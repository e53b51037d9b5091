const STEPS: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
];

/** How long ago an epoch-ms time was, in one unit: `12s ago`, `3h ago`. */
export function ago(at: number, now: number = Date.now()): string {
  return `${span((now - at) / 1000)} ago`;
}

/** A number of seconds in one unit. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const step = STEPS.find(([size]) => whole >= size);
  return step ? `${Math.floor(whole / step[0])}${step[1]}` : `${whole}s`;
}
