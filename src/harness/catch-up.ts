import type { Client } from '#src/protocol/client.ts';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Hello } from './link.ts';
import type { Spool, TurnEnd } from './spool.ts';
import type { TurnSlot } from './turn/current-turn.ts';

/**
 * After every hello: reports the turn ends that the daemon may not have, and gives back a turn that it believes running but whose start never
 * arrived here.
 */
export async function catchUp(client: Pick<Client, 'call'>, hello: Hello, spool: Spool, slot: TurnSlot): Promise<void> {
  const spooled = await spool.all();
  for (const end of spooled) {
    await report(client, end);
    await spool.remove(end.turn);
  }
  const { turn } = hello;
  if (turn === null || turn === slot.open || spooled.some((end) => end.turn === turn)) return;
  await report(client, { turn, outcome: 'cancelled', presented: [], error: 'the turn never reached the harness' });
}

/** A refusal is an answer, too: the daemon knows better what became of that turn. */
async function report(client: Pick<Client, 'call'>, end: TurnEnd): Promise<void> {
  try {
    await client.call(methods.turnEnd, end);
  } catch (error) {
    if (!(error instanceof HiveError) || error.retry) throw error;
  }
}
