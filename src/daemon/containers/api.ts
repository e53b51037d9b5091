import type { ContainerEnd } from './engine.ts';
import type { AgentConfig } from '#src/protocol/agent-config.ts';

/** What the agents layer asks to be run. */
export interface AgentContainer {
  agent: string;
  session: number;
  nonce: string;
  uid: number;
  config: AgentConfig;
}

/** A container of the hive that is recorded as not ended. */
export interface RunningContainer {
  agent: string;
  session: number;
  pid: number | null;
}

/** Agents' containers: specs from agents, engines, records, adoption. */
export interface Containers {
  /** Starts the agent's container and records it; `onEnd` (below) tells of its end, once. */
  start(container: AgentContainer): Promise<void>;
  /** Asks it to end, waits `graceMs`, then kills; resolves when it is seen dead. */
  stop(session: number, graceMs: number): Promise<ContainerEnd>;
  kill(session: number): Promise<ContainerEnd>;
  /** At start: every recorded container is inspected; living ones are watched again, ended ones reported through `onEnd`. */
  adopt(): Promise<RunningContainer[]>;
  running(): RunningContainer[];
  pid(session: number): number | null;
  /** Folders of an agent exist with the right owners (state, harness, socket folder); idempotent. */
  ensureFolders(agent: string, uid: number): Promise<void>;
  /** Deletes an agent's folders, under its own uid. */
  purge(agent: string, uid: number): Promise<void>;
  /** The folder in which the daemon makes an agent's hive.sock. */
  socketFolder(agent: string): string;
  logFile(agent: string): string;
  unenforced(): Promise<string[]>;
  probe(): Promise<{ ok: boolean; detail: string; fix?: string }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Handed over by context.ts. */
export interface ContainerHooks {
  onEnd(agent: string, session: number, end: ContainerEnd & { byHive: boolean }): void;
}
