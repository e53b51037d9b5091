import type { Client } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';

/** What the broker's rows say about the demo's messages. */
export interface Verdict {
  messages: number;
  /** Deliveries to agents that were not acked. */
  lost: number;
  /** Messages that say again what an earlier one said, and deliveries that took more than one attempt. */
  duplicated: number;
}

const SETTLE_MS = 30_000;
const LOOK_MS = 50;

/** Waits until no delivery to an agent is under way, then judges. */
export async function judge(client: Client, signal: AbortSignal): Promise<Verdict> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const { messages: rows } = await client.call(methods.messages, { max: 200 }, { signal });
    const moving = rows.some((row) => toAgents(row).some(({ state }) => state === 'queued' || state === 'leased'));
    if (!moving || performance.now() > end) return verdictOf(rows);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/** Judges the rows themselves. */
export function verdictOf(rows: FlowMessage[]): Verdict {
  const deliveries = rows.flatMap(toAgents);
  const said = rows.map((row) => JSON.stringify([row.from, row.to, row.kind, row.ask, row.body]));
  const repeated = said.length - new Set(said).size;
  return {
    messages: rows.length,
    lost: deliveries.filter(({ state }) => state !== 'acked').length,
    duplicated: repeated + deliveries.filter(({ attempts }) => attempts > 1).length,
  };
}

/** The operator reads in their own time: only agents' deliveries must be acked. */
function toAgents(row: FlowMessage): FlowMessage['deliveries'] {
  return row.deliveries.filter(({ recipient }) => recipient !== 'operator');
}
