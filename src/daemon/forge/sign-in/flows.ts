import { randomBytes } from 'node:crypto';
import type { Clock } from '#src/lib/clock.ts';
import type { Challenge } from './provider.ts';

const LIFE_MS = 10 * 60_000;
/** Beginning is open to everybody who reaches the page: beyond this many the oldest goes. */
const MAX_FLOWS = 500;

/** A sign-in that was begun. */
export interface Flow {
  challenge: Challenge;
  returnTo: string;
}

/** Sign-ins under way; each can be taken once, within ten minutes. */
export interface Flows {
  add(flow: Flow): string;
  take(handle: string): Flow | undefined;
}

/** Kept in memory: a restart of the daemon ends them. */
export function createFlows(clock: Clock): Flows {
  const flows = new Map<string, Flow & { until: number }>();
  return {
    add: (flow) => {
      const handle = randomBytes(24).toString('base64url');
      flows.set(handle, { ...flow, until: clock.monotonic() + LIFE_MS });
      if (flows.size > MAX_FLOWS) flows.delete(flows.keys().next().value!);
      return handle;
    },
    take: (handle) => {
      const flow = flows.get(handle);
      flows.delete(handle);
      return flow && flow.until > clock.monotonic() ? flow : undefined;
    },
  };
}
