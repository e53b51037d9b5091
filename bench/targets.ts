/** A ratio that a release must keep (FACTS/broker): `atMost` or `atLeast` says which way is good. */
export interface Target {
  name: string;
  value: number;
  good: 'atMost' | 'atLeast';
  must: number;
  aim: number;
}

/** Whether a target's `must` is kept. */
export function keepsMust({ value, good, must }: Target): boolean {
  return good === 'atMost' ? value <= must : value >= must;
}

/** One line of the report. */
export function describe(target: Target): string {
  const { name, value, good, must, aim } = target;
  const sign = good === 'atMost' ? '≤' : '≥';
  const reachesAim = good === 'atMost' ? value <= aim : value >= aim;
  const verdict = !keepsMust(target) ? 'MISSED' : reachesAim ? 'aim' : 'must';
  return `${name.padEnd(44)} ${value.toFixed(2).padStart(8)}   must ${sign} ${must}, aim ${sign} ${aim}   ${verdict}`;
}
