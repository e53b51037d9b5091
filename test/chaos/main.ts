import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PLANTS } from './private-copy.ts';
import type { Plant } from './private-copy.ts';
import { runChaos } from './run-chaos.ts';
import { recorded, summary } from './summary.ts';

const USAGE = `npm run chaos -- [--messages 10000] [--faults 60] [--seed N] [--record FILE] [--plant ${Object.keys(PLANTS).join('|')}]`;

/** Runs chaos as the command line says; exit code 1 when the hive broke its word. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: '10000' },
      faults: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      plant: { type: 'string' },
      record: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { plant = null } = values;
  if (values.help || (plant !== null && !(plant in PLANTS))) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(signal)));
  const seed = Number(values.seed);
  const counts = { messages: Number(values.messages), faults: Number(values.faults), senders: 8, receivers: 4 };
  const began = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s ${line}`);
  const what = { ...counts, seed, plant: plant as Plant | null };
  const result = await runChaos({ ...what, say, signal: stop.signal });
  console.log(summary(result, seed));
  if (values.record) writeFileSync(values.record, recorded(result));
  if (result.violations.length > 0 || result.integrity !== 'ok') process.exitCode = 1;
}

await main();
