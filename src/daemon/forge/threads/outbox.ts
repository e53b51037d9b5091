import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import type { Tx, Writer } from '../../db/api.ts';
import { recordIssue } from './asks-store.ts';
import { beginAttempt, giveUp, listNextRows, markDone, noteFailure } from './outbox-store.ts';
import type { OutboxRow } from './outbox-store.ts';
import { writeRow } from './write-row.ts';
import type { RowTools, Written } from './write-row.ts';

/** Refusals that a repetition may mend are repeated so often; a forge that is down is waited for without end. */
const MAX_REFUSALS = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const ROWS_A_ROUND = 50;
const EXCERPT = 280;

/** What the outbox needs. */
export interface OutboxOptions {
  writer: Writer;
  clock: Clock;
  log: Logger;
  /** What to write with; rejects with `unavailable` while the forge is down. */
  tools(): Promise<RowTools>;
}

/** Brings what the broker wrote into the outbox to the forge: in order within an ask, without loss, each once. */
export interface Outbox {
  /** Starts writing what waits; safe to call at any time. */
  drain(): void;
  /** Resolves when nothing is being written; nothing new begins. */
  stop(): Promise<void>;
}

/** Builds it; `drain` must be called after each start of the forge and whenever rows were added. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { clock, log } = options;
  let running: Promise<void> | undefined;
  let again = false;
  const ending = new AbortController();
  let failures = 0;
  let cancelRetry = (): void => undefined;
  const rounds = async (): Promise<void> => {
    do {
      again = false;
      failures = (await drainAll(options, ending.signal)) ? 0 : failures + 1;
      if (failures > 0) break;
    } while (again && !ending.signal.aborted);
  };
  const drain = (): void => {
    again = true;
    if (running || ending.signal.aborted) return;
    cancelRetry();
    running = rounds()
      .catch((err: unknown) => {
        failures++;
        log.error({ err }, 'outbox failed');
      })
      .finally(() => {
        running = undefined;
        if (ending.signal.aborted) return;
        if (failures > 0)
          cancelRetry = clock.after(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)), drain);
        else if (again) drain();
      });
  };
  return {
    drain,
    stop: async () => {
      ending.abort();
      cancelRetry();
      await running;
    },
  };
}

/** Writes until nothing waits (true) or something has to be tried again later (false). An ask that is refused does not hold up others. */
async function drainAll(options: OutboxOptions, ending: AbortSignal): Promise<boolean> {
  let clean = true;
  const held = new Set<number>();
  for (;;) {
    const rows = options.writer
      .read((db) => listNextRows(db, ROWS_A_ROUND + held.size))
      .filter((row) => !held.has(row.ask));
    if (rows.length === 0) return clean;
    const tools = await reach(options);
    if (!tools) return false;
    for (const row of rows) {
      if (ending.aborted) return true;
      if (await writeOne(options, tools, row)) continue;
      clean = false;
      held.add(row.ask);
    }
  }
}

async function reach({ tools, log }: OutboxOptions): Promise<RowTools | undefined> {
  try {
    return await tools();
  } catch (err) {
    log.info({ err }, 'outbox waits for the forge');
    return undefined;
  }
}

/** True when the row is settled: written, or given up. */
async function writeOne({ writer, log }: OutboxOptions, tools: RowTools, row: OutboxRow): Promise<boolean> {
  await writer.write('forge', ({ db }) => beginAttempt(db, row.id));
  try {
    const written = await writeRow(tools, row);
    await writer.write('forge', (tx) => settle(tx, row, written));
    return true;
  } catch (error) {
    const problem = toHiveError(error);
    const lost = !mayMend(problem) && row.attempts + 1 >= MAX_REFUSALS;
    log.warn(
      { err: problem, row: row.id, ask: row.ask, attempts: row.attempts + 1, lost },
      'outbox row is not written',
    );
    await writer.write('forge', ({ db }) =>
      lost ? giveUp(db, row, problem.message) : noteFailure(db, row.id, problem.message),
    );
    return lost;
  }
}

function settle(tx: Tx, row: OutboxRow, { issue, forgeId }: Written): void {
  markDone(tx.db, row.id, forgeId);
  if (!issue) return;
  recordIssue(tx.db, row.ask, issue);
  const state = row.askState as 'open' | 'answered' | 'cancelled' | 'expired';
  const { ask, asker, target, question } = row;
  tx.emit({ type: 'ask.changed', ask, asker, target, state, excerpt: question.slice(0, EXCERPT) });
}

function mayMend(problem: HiveError): boolean {
  return problem.retry || problem.code === 'unavailable' || problem.code === 'limited';
}
