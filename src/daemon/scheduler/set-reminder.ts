import { HiveError } from '#src/lib/errors.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { once, refuseWhenFull } from '../db/index.ts';
import type { Tx } from '../db/index.ts';
import type { SchedulerCore } from './core.ts';
import { agentExists, countPending, insertReminder } from './reminder-store.ts';
import { readWhen } from './when.ts';

type Remind = (typeof methods)['remind'];
type SetInput = Parsed<Remind> & { agent: string };

/** Characters of a reminder in its event and in its turn's acts. */
export const EXCERPT = 120;

/**
 * Sets a reminder or schedule. Only what really sets one counts as set: not a repeated key, nothing that was refused; the operator is
 * not limited, and what it sets does not count for the agent.
 */
export async function setReminder(core: SchedulerCore, by: string, input: SetInput): Promise<Output<Remind>> {
  const taken = by === 'operator' ? undefined : core.limits.take(by);
  let set = false;
  try {
    return await core.writer.write(by, (tx) =>
      once(tx, by, input.key, () => {
        if (taken?.refusal) throw taken.refusal;
        const result = setIn(core, tx, by, input);
        tx.afterCommit(() => (set = true));
        return result;
      }),
    );
  } finally {
    if (!set) taken?.undo();
  }
}

function setIn(core: SchedulerCore, tx: Tx, by: string, input: SetInput): Output<Remind> {
  const { agent, message } = input;
  refuseWhenFull(tx);
  const { depth } = core.hooks.findSpeaking(tx, by, input.turn);
  if (!agentExists(tx.db, agent)) throw new HiveError('not_found', `there is no agent "${agent}" to remind`);
  if (by !== 'operator') core.limits.checkPending(agent, countPending(tx.db, agent));
  const { dueAt, cron, timezone } = readWhen(input, tx.now, core.zone);
  const id = insertReminder(tx.db, {
    agent,
    message,
    dueAt,
    cron,
    timezone,
    by,
    depth: Math.max(0, depth ?? 0),
    at: tx.now,
  });
  const text = excerpt(message, EXCERPT);
  tx.emit({ type: 'reminder.set', agent, reminder: id, due_at: dueAt, excerpt: text });
  const time = cron === null ? `for ${new Date(dueAt).toISOString()}` : `at "${cron}" (${timezone})`;
  core.hooks.recordActIn(tx, by, { kind: 'remind', summary: `set reminder ${id} ${time}: "${text}"` });
  return { id, due_at: dueAt, cron, timezone };
}
