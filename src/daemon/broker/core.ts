import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Writer } from '../db/index.ts';
import type { BrokerHooks } from './api.ts';
import type { Backlogs } from './deliveries/backlogs.ts';
import type { Guards } from './guards/guards.ts';
import type { Searcher } from './search/searcher.ts';
import type { BrokerSettings } from './settings.ts';
import type { Alarms } from './sessions/alarms.ts';
import type { LeftSession } from './sessions/come-back.ts';
import type { HandedTurn } from './turns/handed.ts';
import type { Waiters } from './turns/waiters.ts';

/** What the parts of the broker share: the outside, and the little that is only in memory. */
export interface Core {
  writer: Writer;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  hooks: BrokerHooks;
  settings: BrokerSettings;
  /** Calls that wait for mail. */
  waiters: Waiters;
  /** Turns as they were handed out, by agent. */
  handed: Map<string, HandedTurn | undefined>;
  /** Sessions whose harness is connected: their rows follow. */
  connected: Set<number>;
  /** Sessions that are connected and have no turn, by agent, as far as that is known. */
  idle: Map<string, number | undefined>;
  /** Sessions that an earlier daemon left and whose harness has not come back, by agent. */
  left: Map<string, LeftSession>;
  /** What waits in all queues. */
  backlogs: Backlogs;
  /** One alarm per session that must show life by some time. */
  sessionAlarms: Alarms<number>;
  /** One alarm per agent whose head of the queue waits for its back-off while a call waits for mail. */
  backOffAlarms: Alarms<string>;
  /** What agents use up of their limits. */
  guards: Guards;
  /** Pairs that the table of parked ones may hold; whoever is not in it is not parked. */
  mayBeParked: Set<string>;
  searcher: Searcher;
  /** Words of messages are being noted. */
  notingWords: boolean;
  /** The broker ends: nothing more is begun in the background. */
  stopped: boolean;
  /** Agents of sessions that called, by session. */
  sessionAgents: Map<number, string>;
  /** Whether the session of an agent may act, as far as somebody asked since it last changed. */
  reach: Map<string, boolean>;
  /** Messages whose text was found damaged when it was to be handed out. */
  damaged: Set<number>;
  /** Agents that get no turns. */
  holding: Set<string>;
  /** Turns asked to end. */
  cancelled: Set<number>;
  /** When the turns of sessions have run too long, monotonic ms: of each session its latest. */
  turnEnds: Map<number, { turn: number; at: number }>;
  /** Turns in a row that failed before anything was presented, by agent. */
  failures: Map<string, number>;
}
