import type { Clock } from '#src/lib/clock.ts';
import type { Writer } from '../db/api.ts';
import type { Telemetry } from './api.ts';
import { countRefusal, findRefusedAt, listRefusals, pruneRefusals } from './refusals-store.ts';
import { insertUsage, sumTokensSince } from './usage-store.ts';

/** The same refusal is published again only after this pause: a program that retries in a loop floods nobody. */
const QUIET_MS = 60_000;
/** Refusals remembered per agent. */
const REFUSALS_KEPT = 100;

/** Records what agents used and what the edge refused; publishes `usage.metered` and `egress.refused`. */
export function createTelemetry({ writer, clock }: { writer: Writer; clock: Clock }): Telemetry {
  const tokensToday = (agent?: string): Map<string, number> =>
    writer.read((db) => sumTokensSince(db, localMidnight(clock.now()), agent ?? null));
  return {
    used: (usage) =>
      writer.write(usage.agent, (tx) => {
        insertUsage(tx.db, { ...usage, at: tx.now });
        const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
        tx.emit({ type: 'usage.metered', agent: usage.agent, turn: usage.turn, model: usage.model, tokens });
      }),
    refused: (agent, host, port, remedy) =>
      writer.write(agent, (tx) => {
        const before = findRefusedAt(tx.db, { agent, host, port });
        countRefusal(tx.db, { agent, host, port, remedy, at: tx.now });
        pruneRefusals(tx.db, agent, REFUSALS_KEPT);
        if (before === undefined || tx.now - before >= QUIET_MS)
          tx.emit({ type: 'egress.refused', agent, host, port, remedy });
      }),
    tokensToday: () => [...tokensToday().values()].reduce((sum, tokens) => sum + tokens, 0),
    tokensTodayByAgent: tokensToday,
    refusals: (max, agent) => writer.read((db) => listRefusals(db, max, agent)),
  };
}

/** The start of the day of `now` in the host's time zone, epoch ms. */
function localMidnight(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}
