export type { Database, GroupWriter, Tx, Writer } from './api.ts';
export { openDatabase } from './open-database.ts';
export { createWriter } from './writer.ts';
export { dumpSchema } from './schema-store.ts';
export { findLatestSeq, findOldestSeq, listEventsAfter } from './event-store.ts';
export { known, once } from './once.ts';
export { Reserve } from './space/reserve.ts';
export { refuseWhenFull } from './storage-error.ts';
export { insertRows } from './bulk-store.ts';
