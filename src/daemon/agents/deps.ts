import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Broker } from '../broker/api.ts';
import type { Config } from '../config.ts';
import type { Containers } from '../containers/api.ts';
import type { Writer } from '../db/api.ts';
import type { Edge } from '../edge/api.ts';
import type { Forge } from '../forge/api.ts';
import type { Uids } from '../host/api.ts';
import type { Telemetry } from '../telemetry/api.ts';

/** Agents' sockets, which rpc serves. */
export interface Sockets {
  /** Idempotent. */
  open(agent: string, uid: number): Promise<void>;
  close(agent: string): Promise<void>;
  isOpen(agent: string): boolean;
}

/** What the agents layer drives and asks; handed over by context.ts. */
export interface AgentsDeps {
  config: Config;
  log: Logger;
  clock: Clock;
  writer: Writer;
  broker: Broker;
  forge: Forge;
  containers: Containers;
  edge: Pick<Edge, 'cut'>;
  telemetry: Pick<Telemetry, 'tokensTodayByAgent'>;
  sockets: Sockets;
  uids: Pick<Uids, 'next'>;
  /** The stored model credential, without its value. */
  login(): { kind: 'api_key' | 'oauth_token'; changedAt: number } | undefined;
  /** Where the checkout of org-shared/docs is. */
  docsDir: string;
  /** Pauses before a container is started again, ms; the last one repeats. */
  restartDelays: readonly number[];
}
