import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';

/** Reminders and deadlines: a due time is a column, node-cron only ticks. */
export interface Scheduler {
  /** Sets a reminder for `agent`; firing puts a `reminder` message into its queue in the same transaction. */
  remind(
    by: string,
    agent: string,
    input: Parsed<(typeof methods)['remind']>,
  ): Promise<Output<(typeof methods)['remind']>>;
  [Symbol.asyncDispose](): Promise<void>;
}
