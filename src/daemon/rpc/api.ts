import type { Method, Parsed, StreamEvent } from '#src/protocol/method.ts';
import type { z } from 'zod';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Agents } from '../agents/api.ts';
import type { Broker } from '../broker/api.ts';
import type { Config } from '../config.ts';
import type { Containers } from '../containers/api.ts';
import type { Edge, Logins } from '../edge/api.ts';
import type { Events } from '../events/api.ts';
import type { Forge } from '../forge/api.ts';
import type { Health } from '../health/api.ts';
import type { Scheduler } from '../scheduler/api.ts';
import type { Secrets } from '../secrets.ts';
import type { Telemetry } from '../telemetry/api.ts';
import type { Writer } from '../db/api.ts';
import type { Soundness } from '../db/index.ts';

/** Everything the daemon's parts offer, as rpc handlers see it. Only `daemon/context.ts` knows how they are joined. */
export interface Context {
  config: Config;
  secrets: Secrets;
  log: Logger;
  clock: Clock;
  writer: Writer;
  events: Events;
  broker: Broker;
  scheduler: Scheduler;
  forge: Forge;
  containers: Containers;
  edge: Edge;
  telemetry: Telemetry;
  agents: Agents;
  webSessions: WebSessions;
  logins: Logins;
  health: Health;
  web: WebState;
  /** Addresses of the two pages, without a slash at the end. */
  urls: { dashboard: string; forge: string };
  startedAt: number;
  /** Reads the whole database now, in a process of its own; null when it could not be read to the end. */
  checkDatabase(): Promise<Soundness | null>;
  /** Forge seeded, manager there, web up. */
  ready(): boolean;
  /** What this machine cannot enforce, in words. */
  limits(): string[];
  /** Begins to stop the daemon; `containers` ends the agents' containers too. Returns at once. */
  shutdown(containers: boolean): void;
}

/** The web process as `status` shows it. */
export interface WebState {
  state(): { state: 'up' | 'down'; detail: string };
}

/** Who a connection belongs to; set once when the socket accepts it. `session` = bound by `hello`. */
export type Principal =
  | { kind: 'operator' }
  | { kind: 'web'; operator: string | null; token: string | null }
  | { kind: 'agent'; name: string; session: number | null };

/** One call as a handler sees it. */
export interface Call<M extends Method> {
  context: Context;
  principal: Principal;
  input: Parsed<M>;
  /** Aborted when the connection closes or the daemon stops. */
  signal: AbortSignal;
  /** Streaming methods: pushes one `{"event":…}` frame; resolves when the peer took it (slow readers are cut). */
  push(event: StreamEvent<M>): void;
  /** `hello` only: binds the connection to a session. */
  bind(session: number): void;
}

/** A method with its handler: authorise, parse, call one use case, answer. One per file below rpc/handlers/. */
export interface Handler<M extends Method = Method> {
  method: M;
  handle(call: Call<M>): Promise<z.input<M['output']>>;
}

/** Sign-ins of people, kept hashed in the database. */
export interface WebSessions {
  create(subject: string, name: string): Promise<{ token: string; expiresAt: number }>;
  /** The person, or nothing when the token is unknown, ended or too old. */
  resolve(token: string): { subject: string; name: string } | undefined;
  end(token: string): Promise<void>;
  /** Calls `listener` when the person signs out; the returned function forgets it. */
  onEnd(token: string, listener: () => void): () => void;
}
