import { report } from '../support/broker.ts';
import { AGENTS, nonceOf } from './hive.ts';
import type { FaultHive } from './hive.ts';
import { count, list } from './rows.ts';

/** Turns after which a queue is called endless. */
const MOST_TURNS = 2000;

/** What was acked before anything was drained, and which acks somebody had asked for. */
interface Acks {
  acked: Set<number>;
  mayBeAcked: Set<number>;
}

/** Lets every agent read its queue to the end, as new sessions would; answers what came wrongly or did not come. */
export async function drain(hive: FaultHive, { acked, mayBeAcked }: Acks): Promise<string[]> {
  const wrong: string[] = [];
  const before = [...acked].filter((id) => isAgents(hive, id));
  const handedOut = new Set<number>();
  for (const agent of AGENTS) {
    const seen = await readAll(hive, agent);
    for (const id of seen) handedOut.add(id);
    const ordered = seen.every((id, index) => index === 0 || (seen[index - 1] ?? 0) < id);
    if (!ordered) wrong.push(`${agent} got its mail out of order: ${seen.join(', ')}`);
  }
  const early = before.filter((id) => !mayBeAcked.has(id));
  const again = before.filter((id) => handedOut.has(id));
  const left = count(hive.db, `deliveries WHERE recipient <> 'operator' AND state IN ('queued', 'leased')`);
  const unseen = list<{ id: number }>(
    hive.db,
    `SELECT id FROM deliveries WHERE recipient <> 'operator' AND state = 'acked'`,
  )
    .map(({ id }) => id)
    .filter((id) => !handedOut.has(id) && !mayBeAcked.has(id));
  if (early.length > 0) wrong.push(`acked without anybody asking for it: deliveries ${early.join(', ')}`);
  if (again.length > 0) wrong.push(`acked and handed out again: deliveries ${again.join(', ')}`);
  if (left > 0) wrong.push(`${left} deliveries never came`);
  if (unseen.length > 0) wrong.push(`acked and never seen: deliveries ${unseen.join(', ')}`);
  return wrong;
}

/** Everything `agent` is handed, in order. */
async function readAll({ broker }: FaultHive, agent: string): Promise<number[]> {
  const current = broker.currentSession(agent);
  if (current) await broker.sessionEnded(current.id, 'stopped', 'its container is gone');
  const nonce = nonceOf(agent, 1);
  await broker.openSession(agent, nonce);
  const { session } = await broker.hello(agent, nonce, 'build');
  const { id: last } = await broker.send('operator', { to: agent, body: `that is all, ${agent}` });
  const seen: number[] = [];
  for (let turns = 0; turns < MOST_TURNS; turns++) {
    const { turn, deliveries } = await broker.next(session, 8, AbortSignal.timeout(5000));
    seen.push(...deliveries.map(({ delivery }) => delivery));
    await broker.turnEnd(
      session,
      report(
        turn,
        'ok',
        deliveries.map(({ delivery }) => delivery),
      ),
    );
    if (deliveries.some(({ id }) => id === last)) return seen;
  }
  throw new Error(`${agent} never came to the end of its queue`);
}

function isAgents({ db }: FaultHive, delivery: number): boolean {
  return count(db, `deliveries WHERE id = ? AND recipient <> 'operator'`, delivery) === 1;
}
