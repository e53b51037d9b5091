export type { Broker, BrokerHooks } from './api.ts';
export { createBroker } from './create-broker.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type { BrokerSettings } from './settings.ts';
