import type { Act } from '#src/protocol/methods/harness.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Reminder, ReminderCounts } from '#src/protocol/methods/reminders.ts';
import type { Database, Tx } from '../db/index.ts';

type M = typeof methods;

/** Reminders, schedules and deadlines: a due time is a column, timers only wake. */
export interface Scheduler {
  /**
   * Fires what came due while the daemon was away, and keeps time from then on. Call once the hooks work; resolves when nothing is due any more, or when
   * stopped.
   */
  start(): Promise<void>;
  /** Sets a reminder or schedule for `agent`; firing puts a `reminder` message into its queue in the same transaction. */
  remind(by: string, agent: string, input: Parsed<M['remind']>): Promise<Output<M['remind']>>;
  /** Pending ones of `agent`, or everybody's, the next one first; long messages cut. */
  reminders(input: Parsed<M['remindersList']>): Reminder[];
  /** Cancels a pending one: an agent its own, the operator any. Throws `not_found`, `forbidden`, or `conflict` when it is not pending any more. */
  cancel(by: string, input: Parsed<M['reminderCancel']>): Promise<Output<M['reminderCancel']>>;
  /** What became of an agent's reminders in the last 24 hours. */
  counts(agent: string): ReminderCounts;
  /** Stops between two batches; what is due then fires at the next start. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Something with due times in the database. */
export interface DueWork {
  /** When the next one is due, epoch ms; null = none. */
  nextDue(db: Database): number | null;
  /** Does at most `max` of those due by `tx.now`, so that none of them is due any more; answers how many, 0 when nothing is due. */
  fire(tx: Tx, max: number): number;
}

/** What the scheduler needs of the broker; handed over by context.ts. */
export interface SchedulerHooks {
  /** Puts messages, one at least, into the queues of agents that are there; answers the first one's id, the others follow it in order. */
  enqueueReminders(tx: Tx, due: { to: string; from: string; body: string; depth: number }[]): number;
  /** How deep the running turn of the sender is; null outside a turn. Throws when it may not act now. */
  findSpeaking(tx: Tx, sender: string, turn: number | undefined): { depth: number | null };
  recordActIn(tx: Tx, agent: string, act: Omit<Act, 'at'>): void;
}
