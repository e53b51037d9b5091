export type { Broker, BrokerHooks } from './api.ts';
export { createBroker } from './create-broker.ts';
export { patienceOf } from './patience.ts';
export { DEFAULT_SETTINGS, NO_GUARDS } from './settings.ts';
export type { BrokerSettings } from './settings.ts';
