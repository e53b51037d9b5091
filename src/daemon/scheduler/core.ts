import type { Writer } from '../db/index.ts';
import type { SchedulerHooks } from './api.ts';
import type { ReminderLimits } from './reminder-limits.ts';

/** What the scheduler's use cases share. */
export interface SchedulerCore {
  writer: Writer;
  hooks: SchedulerHooks;
  limits: ReminderLimits;
  /** IANA name of the zone that is meant where none is named. */
  zone: string;
}
