export type { Retention } from './api.ts';
export { createRetention } from './create-retention.ts';
