import type { Logger } from 'pino';
import { toHiveError } from '#src/lib/errors.ts';
import { type Later, later } from '#src/lib/later.ts';
import type { Agents } from '../agents/api.ts';
import type { Broker } from '../broker/api.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Forge } from '../forge/api.ts';
import type { Logins } from '../edge/api.ts';
import type { Telemetry } from '../telemetry/api.ts';

/** Parts that call each other: whoever is built first gets the others through here. */
export interface Parts {
  config: Config;
  log: Logger;
  writer: Writer;
  telemetry: Telemetry;
  logins: Logins;
  urls: { dashboard: string; forge: string };
  broker: Later<Broker>;
  forge: Later<Forge>;
  agents: Later<Agents>;
}

/** The parts of a daemon before the ones that depend on each other are built. */
export function parts(known: Omit<Parts, 'broker' | 'forge' | 'agents'>): Parts {
  return { ...known, broker: later('broker'), forge: later('forge'), agents: later('agents') };
}

/** Runs what nobody waits for; a failure goes to the log. */
export function inBackground(log: Logger, what: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => log.error({ err: toHiveError(error), what }, 'background work failed'));
}
