import type { Socket } from 'node:net';
import type { AgentService } from '#src/protocol/frames.ts';
import type { MeteredUsage } from '#src/protocol/usage.ts';

/** The daemon's doors from a container to forge, models and the outside. */
export interface Edge {
  /** Serves one connection of `agent` after its service line was answered; every byte is parsed, allowed and injected here. */
  serve(agent: string, service: Exclude<AgentService, 'rpc'>, socket: Socket): void;
  /** Cuts every connection of an agent (session lost, removed). */
  cut(agent: string): void;
  /** Waits until no push is under way, at most `ms`; new ones are refused meanwhile. */
  drainPushes(ms: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the edge needs from others; handed over by context.ts. */
export interface EdgeHooks {
  /** False once the agent's session is lost or it was removed: its connections are refused. */
  mayReach(agent: string): boolean;
  runningTurn(agent: string): number | null;
  forgeUrl(): string;
  forgeCredential(agent: string, fresh?: boolean): Promise<{ username: string; token: string }>;
  egress(agent: string): string[];
  /** Models the agent may use; empty = any. */
  models(agent: string): string[];
  /** The stored model credential; undefined = none (the agent gets 401 with the next step). */
  modelCredential(): { kind: 'api_key' | 'oauth_token'; value: string } | undefined;
  /** Where provider `anthropic` is, e.g. `https://api.anthropic.com`. */
  modelUpstream(): string;
  refused(agent: string, host: string, port: number, remedy: string): void;
  used(usage: MeteredUsage): void;
}

/** Stored model credentials: who asks gets the kind, only the edge gets the value. */
export interface Logins {
  current(): { provider: string; kind: 'api_key' | 'oauth_token'; changedAt: number } | undefined;
  credential(): { kind: 'api_key' | 'oauth_token'; value: string } | undefined;
  set(provider: string, kind: 'api_key' | 'oauth_token', value: string): Promise<void>;
}
