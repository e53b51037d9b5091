import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { commandLists } from '../support/broker-model/commands.ts';
import type { Command } from '../support/broker-model/commands.ts';
import { Driver } from '../support/broker-model/driver.ts';

/** Sequences in every run of the tests; `npm run model` asks for 10,000. */
const RUNS = Number(process.env['HIVE_MODEL_RUNS'] ?? 60);
/** Longest sequence. */
const LENGTH = 60;
/** Sequences that failed once, with the seeds that found them. */
const FAILED = join(import.meta.dirname, '../support/broker-model/failed-seeds.json');

/** One that failed, as short as it could be made. */
interface Failed {
  seed: number;
  commands: Command[];
}

async function follow(commands: Command[]): Promise<void> {
  await using driver = new Driver();
  await driver.run(commands);
}

function readFailed(): Failed[] {
  return JSON.parse(readFileSync(FAILED, 'utf8')) as Failed[];
}

test('F25: what failed once holds', async () => {
  for (const { commands } of readFailed()) await follow(commands);
});

test('F25: whatever happens in whatever order, bob sees what the model says', async () => {
  const found = await fc.check(fc.asyncProperty(commandLists(LENGTH), follow), { numRuns: RUNS });
  if (!found.failed) return;
  const [commands = []] = found.counterexample ?? [];
  const failed: Failed[] = [...readFailed(), { seed: found.seed, commands }];
  writeFileSync(FAILED, `${JSON.stringify(failed, null, 2)}\n`);
  throw new Error(fc.defaultReportMessage(found));
});
