import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Guards } from '../config.ts';
import type { Writer } from '../db/index.ts';
import type { Events } from '../events/index.ts';
import type { DueWork, Scheduler, SchedulerHooks } from './api.ts';
import { cancelReminder } from './cancel-reminder.ts';
import { DueTimer } from './due-timer.ts';
import { reminderWork } from './fire-reminders.ts';
import { listReminders } from './list-reminders.ts';
import { ReminderLimits } from './reminder-limits.ts';
import { countSince } from './reminder-store.ts';
import { setReminder } from './set-reminder.ts';

const DAY_MS = 86_400_000;
/** What changes when the next one is due. */
const SETS_A_TIME: readonly string[] = ['reminder.set', 'ask.changed'];

/** What the scheduler needs. */
export interface SchedulerDeps {
  writer: Writer;
  events: Pick<Events, 'listen'>;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  hooks: SchedulerHooks;
  /** Due work of other features, such as the deadlines of asks. */
  works: DueWork[];
  limits: Guards['reminders'];
  /** IANA name of the host's time zone. */
  zone: string;
}

/** Builds the {@link Scheduler}; call `start` when everything it hands messages to works. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { writer, clock, log, hooks, zone } = deps;
  const core = { writer, hooks, zone, limits: new ReminderLimits(deps.limits, clock) };
  const timer = new DueTimer({ writer, clock, log, works: [reminderWork({ hooks, clock, log }), ...deps.works] });
  let stopListening: (() => void) | undefined;
  return {
    start() {
      stopListening ??= deps.events.listen(({ type }) => void (SETS_A_TIME.includes(type) && timer.arm()));
      return timer.fire();
    },
    remind: (by, agent, input) => setReminder(core, by, { ...input, agent }),
    reminders: (input) => writer.read((db) => listReminders(db, input)),
    cancel: (by, input) => cancelReminder(core, by, input),
    counts: (agent) => writer.read((db) => countSince(db, agent, clock.now() - DAY_MS)),
    async [Symbol.asyncDispose]() {
      stopListening?.();
      await timer.stop();
    },
  };
}
