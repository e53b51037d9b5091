import { schedule } from 'node-cron';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { pause } from '#src/lib/pause.ts';
import type { RetentionDays } from '../config.ts';
import type { Tx, Writer } from '../db/index.ts';
import type { Retention, RetentionHooks } from './api.ts';
import { deleteChunk, readChunk } from './chunk-store.ts';
import type { Chunk, Key } from './chunk-store.ts';
import { POLICIES } from './policies-store.ts';
import type { Policy } from './policies-store.ts';

const DAY_MS = 86_400_000;
/** Some minute of every hour. */
const TICK = '23 * * * *';
/** Pause before another look whether the hive is still busy. */
const BUSY_PAUSE_MS = 50;

/** What retention needs. */
export interface RetentionDeps {
  writer: Writer;
  clock: Clock;
  log: Pick<Logger, 'info' | 'error'>;
  /** What an operator set, over the defaults of the policies. */
  days: Partial<RetentionDays>;
  hooks: RetentionHooks;
}

/** Builds {@link Retention}; nothing happens before `start` or `run`. */
export function createRetention(deps: RetentionDeps): Retention {
  const stopping = new AbortController();
  let running: Promise<Record<string, number>> | undefined;
  let stopTicking: (() => void | Promise<void>) | undefined;
  const run = (): Promise<Record<string, number>> =>
    (running ??= walkAll(deps, stopping.signal).finally(() => (running = undefined)));
  return {
    run,
    start() {
      const tick = schedule(TICK, () => void runLogged(deps, run), { suppressMissedWarning: true });
      stopTicking ??= () => tick.destroy();
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await stopTicking?.();
      await running?.catch(() => undefined);
    },
  };
}

async function runLogged({ log }: RetentionDeps, run: Retention['run']): Promise<void> {
  try {
    const removed = await run();
    if (Object.keys(removed).length > 0) log.info({ removed }, 'removed what is old');
  } catch (error) {
    log.error({ err: error }, 'what is old could not be removed: the next run goes on');
  }
}

async function walkAll(deps: RetentionDeps, signal: AbortSignal): Promise<Record<string, number>> {
  const removed: Record<string, number> = {};
  for (const policy of POLICIES) {
    const many = await walk(deps, policy, signal);
    if (many > 0) removed[policy.table] = many;
  }
  if (!signal.aborted) await deps.hooks.checkQueues();
  return removed;
}

async function walk(deps: RetentionDeps, policy: Policy, signal: AbortSignal): Promise<number> {
  const { writer, clock, days } = deps;
  const before = clock.now() - (days[policy.name] ?? policy.days) * DAY_MS;
  let after: Key | null = null;
  let removed = 0;
  do {
    await untilQuiet(deps, signal);
    if (signal.aborted) break;
    const from: Key | null = after;
    const chunk: Chunk = await writer.write('retention', (tx) => removeChunk(deps, tx, policy, { before, from }));
    removed += chunk.gone.length;
    after = chunk.next;
  } while (after !== null);
  return removed;
}

function removeChunk(
  { hooks }: RetentionDeps,
  tx: Tx,
  policy: Policy,
  { before, from }: { before: number; from: Key | null },
): Chunk {
  const chunk = readChunk(tx.db, policy, before, from);
  if (chunk.gone.length === 0) return chunk;
  if (policy.table === 'messages')
    hooks.forgetMessages(
      tx,
      chunk.gone.map(([id]) => Number(id)),
    );
  deleteChunk(tx.db, policy, chunk.gone);
  return chunk;
}

/** A turn of the event loop at least, and as long as somebody else has much to write. */
async function untilQuiet({ writer, clock }: RetentionDeps, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  while (writer.busy() && !signal.aborted) await pause(clock, BUSY_PAUSE_MS, signal);
}
