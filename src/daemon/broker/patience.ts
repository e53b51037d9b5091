import type { Patience } from '../config.ts';
import type { BrokerSettings } from './settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const ms = (seconds: number): number => Math.round(seconds * 1000);

/** What an operator set of the broker's patience, over its defaults. */
export function patienceOf(set: Patience): Partial<BrokerSettings> {
  const { attempts, back_off: backOff, phases = {}, turn_start: turnStart, ...others } = set;
  const times = Object.entries(others).map(([name, seconds]) => [name, ms(seconds)]);
  const phaseTimes = Object.entries(phases).map(([name, seconds]) => [name, ms(seconds)]);
  return {
    ...(attempts !== undefined && { attempts }),
    ...(backOff && { backOff: backOff.map(ms) }),
    ...(turnStart !== undefined && { turnStart: ms(turnStart) }),
    ...Object.fromEntries(times),
    phases: { ...DEFAULT_SETTINGS.phases, ...Object.fromEntries(phaseTimes) },
  };
}
