import { schedule } from 'node-cron';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { once } from '../db/index.ts';
import type { Tx, Writer } from '../db/index.ts';
import type { Events } from '../events/index.ts';
import type { DueWork, Scheduler, SchedulerHooks } from './api.ts';
import { DueTimer } from './due-timer.ts';
import { reminderWork } from './fire-reminders.ts';
import { agentExists, countPending, insertReminder } from './reminder-store.ts';

type Remind = (typeof methods)['remind'];

/** Pending reminders one agent may have (FACTS/reference). */
const MAX_PENDING = 50;
/** Characters of a reminder in its event and in its turn's acts. */
const EXCERPT = 120;

/** What the scheduler needs. */
export interface SchedulerDeps {
  writer: Writer;
  events: Pick<Events, 'listen'>;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  hooks: SchedulerHooks;
  /** Due work of other features, such as the deadlines of asks. */
  works: DueWork[];
}

/** Builds the {@link Scheduler}; call `start` when everything it hands messages to works. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { writer, clock, log, hooks } = deps;
  const timer = new DueTimer({ writer, clock, log, works: [reminderWork(hooks), ...deps.works] });
  const stops: (() => void | Promise<void>)[] = [];
  return {
    async start() {
      stops.push(
        deps.events.listen(({ type }) => void ((type === 'reminder.set' || type === 'ask.changed') && timer.arm())),
      );
      const tick = schedule('* * * * *', () => timer.arm());
      stops.push(() => tick.destroy());
      await timer.fire();
    },
    remind: (by, agent, input) =>
      writer.write(by, (tx) => once(tx, by, input.key, () => remindIn(hooks, tx, by, { ...input, agent }))),
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await timer.stop();
    },
  };
}

function remindIn(
  hooks: SchedulerHooks,
  tx: Tx,
  by: string,
  input: Parsed<Remind> & { agent: string },
): Output<Remind> {
  const { agent, message } = input;
  hooks.speakingTurn(tx, by, input.turn);
  if (!agentExists(tx.db, agent)) throw new HiveError('not_found', `there is no agent "${agent}" to remind`);
  if (countPending(tx.db, agent) >= MAX_PENDING)
    throw new HiveError(
      'limited',
      `${agent} has ${MAX_PENDING} pending reminders, the most it may have: wait for one to fire`,
    );
  if (input.delay_seconds === undefined) throw new HiveError('invalid', 'say when: delay_seconds is missing');
  const dueAt = tx.now + Math.round(input.delay_seconds * 1000);
  const id = insertReminder(tx.db, { agent, message, dueAt, by, at: tx.now });
  const text = excerpt(message, EXCERPT);
  tx.emit({ type: 'reminder.set', agent, reminder: id, due_at: dueAt, excerpt: text });
  hooks.recordActIn(tx, by, {
    kind: 'remind',
    summary: `set reminder ${id} for ${new Date(dueAt).toISOString()}: "${text}"`,
  });
  return { id, due_at: dueAt, cron: null, timezone: null };
}
