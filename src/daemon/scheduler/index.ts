export type { Scheduler } from './api.ts';
export { createScheduler } from './create-scheduler.ts';
