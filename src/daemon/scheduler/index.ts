export type { DueWork, Scheduler, SchedulerHooks } from './api.ts';
export { createScheduler } from './create-scheduler.ts';
export type { SchedulerDeps } from './create-scheduler.ts';
