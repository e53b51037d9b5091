import type { Input, Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Act } from '#src/protocol/methods/harness.ts';
import type { ParkedPair } from '#src/protocol/methods/trouble.ts';
import type { FlowMessage, MessageKind, Received, Thread, Turn } from '#src/protocol/shapes.ts';
import type { Database, Tx } from '../db/api.ts';

type M = typeof methods;

/** Who speaks: `operator`, `system`, `forge` or an agent's name. Set from the socket, never from a body. */
export type Sender = string;

/** What of the whole hive needs somebody, or waits. */
export interface HiveCounts {
  openAsks: number;
  dead: number;
  queued: number;
  unread: number;
  /** Pairs of agents that the loop breaker parked. */
  parked: number;
}

/** Something the hive itself puts into a queue. */
export interface SystemMessage {
  to: string;
  kind: MessageKind;
  body: string;
  /** Whether it wakes an idle agent. */
  wakes: boolean;
  ask?: number;
  from?: Sender;
  /** The message it tells of. */
  inReplyTo?: number;
  /** How deep what it tells of is, where that is a message; what is told of an ask is as deep as the ask. */
  depth?: number;
}

/** A reminder that came due. */
export interface DueMessage {
  /** An agent that is there. */
  to: string;
  from: Sender;
  body: string;
  /** Of the turn that set it. */
  depth: number;
}

/** Why a session is over; only `died` and a failing runtime count as an attempt (DESIGN §6). */
export type SessionEnd = 'stopped' | 'replaced' | 'killed_by_hive' | 'died';

/** A live or starting session. */
export interface SessionInfo {
  id: number;
  agent: string;
  state: 'starting' | 'live' | 'disconnected' | 'lost' | 'ended';
  turn: number | null;
}

/** Counts per agent for rows and badges. */
export interface QueueCounts {
  queued: number;
  leased: number;
  dead: number;
  reminders: number;
  turnsToday: number;
}

/** Where one agent stands. */
export interface QueueFacts {
  session: SessionInfo | undefined;
  counts: QueueCounts;
  /** Phase and activity of the running turn. */
  activity: { phase: string; activity: string | null; since: number } | undefined;
  lastTurn: Turn | undefined;
}

/** Who looks at messages: an agent, which of what others sent is shown its own delivery; nobody = the operator, who is shown all. */
export interface Reader {
  reader?: string | undefined;
}

/** The session that a harness's hello bound; `turn` = the one that it runs. */
export interface Bound {
  session: number;
  /** It had said hello before. */
  resumed: boolean;
  turn: number | null;
}

/** Messages, deliveries, leases, turns, sessions and asks: the promise "nothing sent is lost". */
export interface Broker {
  /** Takes up what an earlier daemon left: its sessions get 60 s to resume. Call once the hooks work and before sockets open. */
  start(): Promise<void>;
  send(from: Sender, input: Parsed<M['send']>): Promise<Output<M['send']>>;
  /** Puts a message of the hive itself (forge events, notices) into a queue. */
  notify(message: SystemMessage): Promise<number>;
  /** Puts reminders that came due, one at least, into queues, inside the scheduler's transaction; answers the first message's id, the others follow it. */
  enqueueReminders(tx: Tx, due: readonly DueMessage[]): number;
  /**
   * The running turn in which `sender` speaks and its depth, for other features' transactions; null outside a turn and for no agents. Throws `forbidden` when
   * the agent's session was given up, `conflict` when `turn` is not its running one.
   */
  findSpeaking(tx: Tx, sender: Sender, turn: number | undefined): { turn: number | null; depth: number | null };
  recv(agent: string, input: Parsed<M['recv']>, signal: AbortSignal): Promise<Output<M['recv']>>;
  /** Messages leased to the agent's running turn, in order. Throws `not_found` when `turn` is not its running turn. */
  turnMessages(agent: string, turn: number): Received[];
  presented(agent: string, input: Parsed<M['presented']>): Promise<void>;
  inbox(input: Parsed<M['inbox']>): Promise<Output<M['inbox']>>;
  /** What was said, newest first; without `search`, which needs {@link search}. */
  messages(input: Omit<Parsed<M['messages']>, 'search'> & Reader): Output<M['messages']>;
  /** The same where all words occur: off the main thread, however much was said. */
  search(input: Parsed<M['messages']> & { search: string } & Reader): Promise<Output<M['messages']>>;
  /** To be called in the transaction that deletes messages, before it: forgets what is kept beside them. */
  forgetMessages(tx: Tx, messages: readonly number[]): void;

  ask(from: Sender, input: Parsed<M['ask']>): Promise<Output<M['ask']>>;
  /** `forgeComment` = the answer already stands on the issue's page as that comment, so it is not written again. */
  answer(from: Sender, input: Input<M['answer']>, forgeComment?: number): Promise<Output<M['answer']>>;
  /** Throws `forbidden` for anybody but the asker, `conflict` when the ask is over. */
  cancelAsk(from: Sender, input: Parsed<M['askCancel']>): Promise<Output<M['askCancel']>>;
  /** Somebody but its asker closed the issue of an open ask: it is opened again, with a word. */
  keepAskOpen(ask: number, by: Sender): Promise<void>;
  /** Open asks of one speaker and those that wait for it. */
  asksOf(who: Sender, max: number): Output<M['asksList']>;
  threads(input: Parsed<M['threadsList']>): Thread[];
  /** Throws `not_found`. */
  thread(ask: number): { thread: Thread; messages: FlowMessage[] };
  askByIssue(issueNumber: number): Thread | undefined;
  /** Asks whose deadline passes, as work for the scheduler. */
  askDeadlines: {
    /** When the next one passes, epoch ms; null = none. */
    nextDue(db: Database): number | null;
    /** Ends at most `max` of those that passed by `tx.now`; answers how many. */
    fire(tx: Tx, max: number): number;
  };

  /** A container is about to start: records its session. `conflict` while the agent has another one that is not ended. */
  openSession(agent: string, nonce: string): Promise<number>;
  /** `hello` on a connection: binds or resumes. Throws `forbidden` (unknown nonce, ended or lost session) or `conflict` (first connection lives). */
  hello(agent: string, nonce: string, build: string): Promise<Bound>;
  /** The harness's connection dropped: the session has 60 s to resume. */
  disconnected(session: number): void;
  next(session: number, max: number, signal: AbortSignal): Promise<Output<M['next']>>;
  turnActivity(session: number, input: Parsed<M['turnActivity']>): Promise<Output<M['turnActivity']>>;
  mailWaiting(session: number, turn: number): Output<M['mailWaiting']>;
  turnEnd(session: number, input: Parsed<M['turnEnd']>): Promise<Output<M['turnEnd']>>;
  /** The session's container was seen dead: its leases end, its queue is free for the next session. */
  sessionEnded(session: number, end: SessionEnd, detail: string): Promise<void>;
  /** Marks a session as being killed: from now on its edge connections and calls are refused. */
  fence(session: number): Promise<void>;
  currentSession(agent: string): SessionInfo | undefined;
  /** Whether edges may serve this agent right now (false once its session is lost). */
  mayReach(agent: string): boolean;
  /** The agent's running turn, for metering and acts. */
  runningTurn(agent: string): number | null;
  recordAct(agent: string, act: Omit<Act, 'at'>): Promise<void>;
  /** The same inside a transaction of another feature; nothing is recorded while no turn runs. */
  recordActIn(tx: Tx, agent: string, act: Omit<Act, 'at'>): void;
  /** Ask a running turn to end (graceful stop, pause now); answered through `turnActivity` and with an order. */
  cancelTurn(agent: string, reason: string): Promise<void>;

  /**
   * Stop handing out turns to this agent (true), or start again; `next` waits meanwhile. The broker holds an agent by itself from the moment a turn ended
   * `rate_limited`, `needs_login` or `over_budget`; whoever parks it releases it.
   */
  setHolding(agent: string, holding: boolean): void;
  /** Dead-letters what waits for an agent whose row was marked as removed; recipients are looked up in the agents table. Idempotent. */
  agentRemoved(agent: string): Promise<void>;
  /** Where agents stand that are not removed, by name: one of them, or all at once. */
  facts(agent?: string): Map<string, QueueFacts>;
  counts(agent: string): QueueCounts;
  totals(): HiveCounts;
  /** Messages whose text was found damaged since the daemon started, when somebody was to get it. */
  damagedMessages(): number[];
  /** Compares the queues in memory with the database; false when they differed, which was logged and mended. Every hour, after retention. */
  checkQueues(): Promise<boolean>;
  deadLetters(max: number): FlowMessage[];
  deadList(input: Parsed<M['deadList']>): Output<M['deadList']>;
  /** Throws `invalid` unless exactly one of deliveries and agent is named. */
  deadRetry(input: Parsed<M['deadRetry']>): Promise<Output<M['deadRetry']>>;
  /** Takes dead letters from the list; `refused` says which stay on it. */
  deadDismiss(input: Parsed<M['deadDismiss']>): Promise<Output<M['deadDismiss']>>;
  /** Pairs that the loop breaker parked, newest first. */
  parkedPairs(max: number): ParkedPair[];
  /** Queues what a pair holds; its chain and its rate count from zero again. Throws `not_found`. */
  releasePair(id: number): Promise<Output<M['parkedRelease']>>;
  turns(agent: string, max: number): Turn[];
  lastTurn(agent: string): Turn | undefined;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the broker needs done by others; handed over by context.ts. */
export interface BrokerHooks {
  /** A session must be replaced (turn did not start, phase too long, 60 s without its harness): kill its container, then call `sessionEnded`. */
  sessionLost(agent: string, session: number, reason: string): void;
  /** Rows for the forge were written: drain the outbox. */
  outboxFilled(): void;
  /** The page of an ask for texts: the issue's when it exists, else the dashboard's. */
  threadUrl(ask: number, issueNumber: number | null): string;
  /** A running turn should end: order it to its harness. */
  turnCancelled(agent: string, turn: number, reason: string): void;
  /** A turn ended as its harness reports, `ok` included; `resumeAt` (epoch ms) with `rate_limited`. */
  turnOutcome(agent: string, outcome: string, resumeAt: number | null): void;
}
