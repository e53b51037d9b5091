export type { Events } from './api.ts';
export { createEvents } from './events.ts';
