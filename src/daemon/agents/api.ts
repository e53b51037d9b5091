import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { ControlEvent, HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { AgentConfig } from '#src/protocol/agent-config.ts';
import type { AgentRow } from '#src/protocol/shapes.ts';
import type { ContainerEnd } from '../containers/engine.ts';

type M = typeof methods;

/** An agent the hive knows. */
export interface AgentRecord {
  name: string;
  uid: number;
  config: AgentConfig;
  commit: string;
  prompt: string;
  paused: boolean;
  stopped: boolean;
  parkedUntil: number | null;
  failure: string | null;
  statusText: string | null;
  statusSetAt: number | null;
  changedAt: number;
}

/** Desired state, life cycle and rows of agents; drives every other feature, is driven by rpc. */
export interface Agents {
  /** Throws `not_found` naming the agents there are. */
  get(name: string): AgentRecord;
  /** Throws the same unless there is or was such an agent: what was said with it outlives it. */
  expectKnown(name: string): void;
  all(): AgentRecord[];
  row(name: string): AgentRow;
  rows(): AgentRow[];
  /** At start, first: containers that outlived the last daemon are watched again; the ends of others are recorded. */
  adopt(): Promise<void>;
  /** At start, last: sockets of known agents are opened, then what is recorded is kept up. Nothing is reconciled before. */
  restore(): Promise<void>;
  /** Brings the checkout of org-shared/docs up to date. */
  docsChanged(): Promise<void>;
  add(input: Parsed<M['agentsAdd']>): Promise<Output<M['agentsAdd']>>;
  /** Throws `conflict` for the manager unless `force`. */
  remove(name: string, options: RemoveOptions): Promise<Output<M['agentsRemove']>>;
  start(names: string[]): Promise<void>;
  stop(names: string[], graceful: boolean): Promise<void>;
  restart(name: string): Promise<void>;
  kill(name: string): Promise<void>;
  setPaused(name: string, paused: boolean): Promise<void>;
  setStatus(name: string, text: string): Promise<void>;
  whoami(name: string): Output<M['whoami']>;
  harnessConfig(name: string): HarnessConfig;
  /** Compares main of hive/agents with what runs and makes it so; runs are serialised and coalesced; resolves when the state at the call was applied. */
  reconcile(why: string): Promise<void>;
  /** The feature hooks end here. */
  containerEnded(agent: string, session: number, end: ContainerEnd & { byHive: boolean }): Promise<void>;
  sessionLost(agent: string, session: number, reason: string): Promise<void>;
  turnOutcome(agent: string, outcome: string, resumeAt: number | null): Promise<void>;
  /** A model credential was stored: agents in `needs_login` go on. */
  loginChanged(): Promise<void>;
  /** A harness that said hello takes the agent's orders from now on; the returned function ends that. */
  attachControl(agent: string, push: (event: ControlEvent) => void): () => void;
  /** Runs a command in the container by its harness. `onEvent` gets output, then the exit. */
  exec(input: Parsed<M['exec']>, onEvent: (event: ExecEvent) => void, signal: AbortSignal): Promise<number>;
  execOutput(agent: string, input: Parsed<M['execOutput']>): void;
  /** Orders the harness to end its running turn. */
  cancelTurn(agent: string, turn: number, reason: string): void;
  /** Ends every container, gently; none is started any more. */
  endAll(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How an agent is removed. */
export type RemoveOptions = Pick<Parsed<M['agentsRemove']>, 'purge' | 'force'>;

/** What an exec streams. */
export type ExecEvent =
  { type: 'output'; stream: 'stdout' | 'stderr'; data: string } | { type: 'exit'; exit_code: number };
