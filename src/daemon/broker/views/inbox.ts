import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Core } from '../core.ts';
import { findClaimable } from '../deliveries/claim.ts';
import { move } from '../deliveries/move.ts';
import { toReceived } from '../deliveries/received.ts';

type Inbox = (typeof methods)['inbox'];

/** Bytes of bodies in one answer. */
const ANSWER_BYTES = 384 * 1024;

/** The operator's own mail, oldest first. Reading is the ack: a person has no turn. */
export function inbox(core: Core, { peek, max }: Parsed<Inbox>): Promise<Output<Inbox>> {
  return core.writer.write('operator', (tx) => {
    const { rows } = findClaimable(core, tx, 'operator', { max, bytes: ANSWER_BYTES });
    const messages = rows.map((row) => toReceived(core, row));
    const waiting = core.backlogs.count(tx, 'operator');
    if (!peek) for (const row of rows) move(core, tx, row, 'read', null);
    return { messages, remaining: waiting - rows.length };
  });
}
