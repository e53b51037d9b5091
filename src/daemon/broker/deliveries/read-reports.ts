import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { listReports } from '../stores/message-store.ts';
import { move } from './move.ts';

/** Whoever settled what became of these messages need not read the hive's reports of it in the operator's inbox. */
export function readReports(core: Core, tx: Tx, messages: readonly number[]): void {
  const recipient = 'operator';
  const reports = listReports(tx.db, messages, core.backlogs.list(tx, recipient));
  for (const { delivery, message } of reports) move(core, tx, { delivery, message, recipient }, 'read', null);
}
