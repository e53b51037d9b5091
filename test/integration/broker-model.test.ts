import test from 'node:test';
import fc from 'fast-check';
import { commandLists } from '../support/broker-model/commands.ts';
import { Driver } from '../support/broker-model/driver.ts';

/** Sequences in every run of the tests; `HIVE_MODEL_RUNS` asks for more. */
const RUNS = Number(process.env['HIVE_MODEL_RUNS'] ?? 60);

test('F25: whatever happens in whatever order, bob sees what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(commandLists(40), async (commands) => {
      await using driver = new Driver();
      await driver.run(commands);
    }),
    { numRuns: RUNS },
  );
});
