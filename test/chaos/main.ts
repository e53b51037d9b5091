import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PLANTS } from './private-copy.ts';
import type { Plant } from './private-copy.ts';
import { runChaos } from './run-chaos.ts';
import { runKills } from './run-kills.ts';
import { killsSummary, recorded, summary } from './summary.ts';

const USAGE = `npm run chaos -- [--messages 10000] [--faults 64] [--seed N] [--plant ${Object.keys(PLANTS).join('|')}] [--record FILE]
npm run chaos -- --kills 200 [--seed N]`;

const options = {
  messages: { type: 'string', default: '10000' },
  faults: { type: 'string', default: '64' },
  seed: { type: 'string', default: String(randomInt(1_000_000)) },
  plant: { type: 'string' },
  /** Where to write the whole history. */
  record: { type: 'string' },
  /** Kills of the daemon alone, instead of all kinds of faults. */
  kills: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Runs chaos as the command line says; exit code 1 when the hive broke its word. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help || (values.plant !== undefined && !(values.plant in PLANTS))) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(signal)));
  const began = performance.now();
  const at = (): string => `${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s`;
  const plant = (values.plant ?? null) as Plant | null;
  const run = { senders: 8, receivers: 4, plant, seed: Number(values.seed), signal: stop.signal };
  const say = (line: string): void => console.log(`${at()} ${line}`);
  const result = values.kills
    ? await runKills({ ...run, say, rounds: Number(values.kills) })
    : await runChaos({ ...run, say, messages: Number(values.messages), faults: Number(values.faults) });
  console.log('recovery' in result ? killsSummary(result, run.seed) : summary(result, run.seed));
  if (values.record) writeFileSync(values.record, recorded(result));
  if (result.violations.length > 0 || result.integrity !== 'ok') process.exitCode = 1;
}

await main();
