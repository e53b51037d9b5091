export type { Broker, BrokerHooks, QueueCounts, Sender, SessionEnd, SessionInfo, SystemMessage } from './api.ts';
export { createBroker } from './create-broker.ts';
export type { BrokerDeps } from './create-broker.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type { BrokerSettings } from './settings.ts';
