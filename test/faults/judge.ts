import { addAgents } from '../support/broker.ts';
import type { Act } from './acts.ts';
import { Actor } from './acts.ts';
import { drain } from './drain.ts';
import { AGENTS, openHive, START, startHive } from './hive.ts';
import type { FaultHive } from './hive.ts';
import type { Attempt } from './history.ts';
import { judgeMigration } from './judge-migration.ts';
import { count, list } from './rows.ts';

/** When the judge looks: everything is due, every pause is over. */
const LATER = START + 4 * 86_400_000;
/** No reminder or deadline of a story is further away, ms. */
const LONGEST_REMINDER_MS = 600_000;

/** A file to judge, and what its callers were told. */
export interface Case {
  file: string;
  history: Attempt[];
  migrationsDir?: string;
  /** Damage that is done first, to see the judge find it. */
  plant?: string;
}

/**
 * Opens the database as the next daemon would and holds it against what was told: everything confirmed is there once, confirmed acks stay, what nobody knows is
 * whole or absent and once there after a retry, nothing unacked is lost, reminders fire once. Answers what is wrong, in words.
 */
export async function judge({ file, history, migrationsDir, plant }: Case): Promise<string[]> {
  const wrong = migrationsDir ? judgeMigration(file) : [];
  try {
    const fatal = (error: unknown): void => void wrong.push(`the storage failed again: ${String(error)}`);
    await using hive = openHive(file, { at: LATER, fatal, ...(migrationsDir && { migrationsDir }) });
    if (plant) hive.db.exec(plant);
    const kept = history.filter(({ act }) => !mayBeForgotten(act, history));
    wrong.push(...unsound(hive), ...kept.flatMap((attempt) => foundWrong(hive, attempt)));
    const acked = ackedDeliveries(hive);
    await startHive(hive);
    await addAgents(hive, AGENTS);
    wrong.push(...(await retryUnknown(hive, history)));
    await hive.clock.advance(LONGEST_REMINDER_MS);
    wrong.push(...(await drain(hive, { acked, mayBeAcked: endedDeliveries(history) })));
    if (history.some(({ act }) => act.do === 'retain')) await hive.retention.run();
    wrong.push(...kept.flatMap((attempt) => notOnce(hive, attempt)));
    wrong.push(...unsound(hive), ...firedWrong(hive));
  } catch (error) {
    wrong.push(`a person is needed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return wrong;
}

/** Old and acked: it may be there or not, once somebody began to forget. */
function mayBeForgotten(act: Act, history: Attempt[]): boolean {
  return act.do === 'send' && act.body.startsWith('old ') && history.some((other) => other.act.do === 'retain');
}

/** Whatever happened, rows belong together. */
function unsound({ db }: FaultHive): string[] {
  const check = String(db.pragma('integrity_check', { simple: true }));
  const foreign = db.pragma('foreign_key_check') as unknown[];
  const broken: Record<string, number> = {
    'messages without their event': count(
      db,
      `messages WHERE id NOT IN (SELECT body ->> 'message' FROM events WHERE type = 'message.sent')`,
    ),
    'leases without a leased delivery': count(
      db,
      `leases WHERE ended_at IS NULL AND delivery_id NOT IN (SELECT id FROM deliveries WHERE state = 'leased')`,
    ),
    'leased deliveries without a lease': count(
      db,
      `deliveries WHERE state = 'leased' AND id NOT IN (SELECT delivery_id FROM leases WHERE ended_at IS NULL)`,
    ),
    'asks without their outbox row': count(
      db,
      `asks WHERE (SELECT count(*) FROM forge_outbox WHERE ask_id = asks.id AND kind = 'open') <> 1`,
    ),
    'open leases of turns that are over': count(
      db,
      `leases WHERE ended_at IS NULL AND turn_id IN (SELECT id FROM turns WHERE ended_at IS NOT NULL)`,
    ),
  };
  return [
    ...(check === 'ok' ? [] : [`integrity_check says ${check}`]),
    ...(foreign.length > 0 ? [`${foreign.length} rows name rows that are not there`] : []),
    ...Object.entries(broken).flatMap(([what, many]) => (many > 0 ? [`${many} ${what}`] : [])),
  ];
}

/** What must be true of one attempt before anybody retries: a confirmed one is there once with the id that was told, any other at most once and whole. */
function foundWrong(hive: FaultHive, { act, state, result }: Attempt): string[] {
  const rows = rowsOf(hive, act);
  if (!rows) return state === 'ok' ? confirmedWrong(hive, act, result) : [];
  const said = `${act.do} "${textOf(act)}"`;
  if (state === 'ok' && rows.length !== 1) return [`${said} was confirmed and is there ${rows.length} times`];
  if (rows.length > 1) return [`${said} is there ${rows.length} times`];
  const told = (result as { id?: number } | undefined)?.id;
  if (state === 'ok' && act.do !== 'answer' && rows[0]?.id !== told) return [`${said} has not the id that was told`];
  return rows.length === 1 ? partsMissing(hive, act, rows[0]?.id ?? 0) : [];
}

/** A message is stored with all its deliveries or not at all. */
function partsMissing({ db }: FaultHive, act: Act, id: number): string[] {
  if (act.do !== 'send') return [];
  const expected = act.to === '*' ? AGENTS.filter((name) => name !== act.from).length : 1;
  const many = count(db, 'deliveries WHERE message_id = ?', id);
  return many === expected ? [] : [`message ${id} has ${many} of ${expected} deliveries`];
}

/** Confirmed acts that made no row of their own; what was forgotten since is not looked for. */
function confirmedWrong({ db }: FaultHive, act: Act, result: unknown): string[] {
  if (act.do === 'end') {
    const { acked } = result as { acked: number[] };
    const lost = acked.filter((id) => count(db, `deliveries WHERE id = ? AND state <> 'acked'`, id) > 0);
    return lost.map((id) => `the ack of delivery ${id} was confirmed and is gone`);
  }
  if (act.do === 'inbox') {
    const { messages } = result as { messages: { delivery: number }[] };
    const unread = messages.filter(
      ({ delivery }) => count(db, `deliveries WHERE id = ? AND state <> 'acked'`, delivery) > 0,
    );
    return unread.map(({ delivery }) => `the operator read delivery ${delivery}, which is unread again`);
  }
  if (act.do === 'cancel' && count(db, `asks WHERE question = ? AND state = 'cancelled'`, act.ask) !== 1)
    return [`the cancelling of "${act.ask}" was confirmed and is gone`];
  if (act.do === 'next' || act.do === 'recv') {
    const handed = result as { deliveries?: { delivery: number }[]; messages?: { delivery: number }[] };
    const ids = (handed.deliveries ?? handed.messages ?? []).map(({ delivery }) => delivery);
    const leases = 'SELECT delivery_id FROM leases';
    const unleased = ids.filter((id) => count(db, `deliveries WHERE id = ? AND id NOT IN (${leases})`, id) > 0);
    return unleased.map((id) => `delivery ${id} was handed out without a lease`);
  }
  if (act.do === 'meter' && count(db, 'usage WHERE input_tokens = ?', act.tokens) !== 1)
    return ['metered usage is gone'];
  return [];
}

/** Callers who do not know try again with the same key; nothing may stand in their way. */
async function retryUnknown(hive: FaultHive, history: Attempt[]): Promise<string[]> {
  const actor = new Actor(hive);
  const wrong: string[] = [];
  for (const { act: wanted, state } of history) {
    const again = state !== 'ok' && ['agents', 'session', 'send', 'ask', 'answer', 'remind', 'end'].includes(wanted.do);
    const act = again || (wanted.do === 'session' && state === 'ok') ? actor.prepare(wanted) : undefined;
    if (!act) continue;
    await actor.perform(act).catch((error: unknown) => {
      wrong.push(`a retry of ${act.do} "${textOf(act)}" was refused: ${String(error)}`);
    });
  }
  return wrong;
}

/** After the retries everything that was tried is there exactly once. */
function notOnce(hive: FaultHive, { act }: Attempt): string[] {
  const rows = rowsOf(hive, act);
  if (!rows || rows.length === 1) return [];
  if (act.do === 'answer' && hive.db.prepare('SELECT 1 FROM asks WHERE question = ?').get(act.ask) === undefined)
    return [];
  return [`${act.do} "${textOf(act)}" is there ${rows.length} times after a retry with its key`];
}

/** Every reminder and every deadline that is due has become exactly one message. */
function firedWrong({ db }: FaultHive): string[] {
  const reminders = list<{ message: string; many: number }>(
    db,
    `SELECT message, (SELECT count(*) FROM messages WHERE kind = 'reminder' AND substr(body, 1, length(reminders.message)) = reminders.message)
       AS many FROM reminders WHERE state <> 'cancelled'`,
  );
  const expired = list<{ id: number; many: number }>(
    db,
    `SELECT id, (SELECT count(*) FROM messages WHERE ask_id = asks.id AND kind = 'system' AND body LIKE 'Nobody answered%') AS many
       FROM asks WHERE state = 'expired'`,
  );
  return [
    ...reminders
      .filter(({ many }) => many !== 1)
      .map(({ message, many }) => `reminder "${message}" fired ${many} times`),
    ...expired
      .filter(({ many }) => many !== 1)
      .map(({ id, many }) => `the deadline of ask ${id} was told ${many} times`),
  ];
}

function ackedDeliveries({ db }: FaultHive): Set<number> {
  return new Set(list<{ id: number }>(db, `SELECT id FROM deliveries WHERE state = 'acked'`).map(({ id }) => id));
}

/** Deliveries whose ack somebody asked for. */
function endedDeliveries(history: Attempt[]): Set<number> {
  return new Set(history.flatMap(({ act }) => (act.do === 'end' && act.outcome === 'ok' ? (act.presented ?? []) : [])));
}

/** The rows an act makes, found by its text; nothing for acts that make none. */
function rowsOf({ db }: FaultHive, act: Act): { id: number }[] | undefined {
  if (act.do === 'send') return list(db, `SELECT id FROM messages WHERE kind = 'message' AND body = ?`, act.body);
  if (act.do === 'ask') return list(db, 'SELECT id FROM asks WHERE question = ?', act.body);
  if (act.do === 'answer') return list(db, `SELECT id FROM messages WHERE kind = 'answer' AND body = ?`, act.body);
  if (act.do === 'remind') return list(db, 'SELECT id FROM reminders WHERE message = ?', act.body);
  return undefined;
}

function textOf(act: Act): string {
  const text = 'body' in act ? act.body : JSON.stringify(act);
  return text.slice(0, 40);
}
