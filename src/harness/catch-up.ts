import type { Client } from '#src/protocol/client.ts';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Spool, TurnEnd } from './spool.ts';

/** After every hello: reports the turn ends that the daemon may not have. */
export async function catchUp(client: Pick<Client, 'call'>, spool: Spool): Promise<void> {
  for (const end of await spool.all()) {
    await report(client, end);
    await spool.remove(end.turn);
  }
}

/** A refusal is an answer, too: the daemon knows better what became of that turn. */
async function report(client: Pick<Client, 'call'>, end: TurnEnd): Promise<void> {
  try {
    await client.call(methods.turnEnd, end);
  } catch (error) {
    if (!(error instanceof HiveError) || error.retry) throw error;
  }
}
