import test from 'node:test';
import fc from 'fast-check';
import { Race } from '../support/broker-model/race.ts';
import type { Move } from '../support/broker-model/race.ts';

/** Sequences in every run of the tests. */
const RUNS = Number(process.env['HIVE_MODEL_RUNS'] ?? 40);
/** Longest sequence. */
const LENGTH = 40;
/** Sequences that failed once, as short as they could be made. */
const FAILED: [Move[]][] = [[[{ do: 'send' }, { do: 'hello', ahead: true }, { do: 'cut' }]]];

/** Moves of both sides; turns of the event loop between them are frequent and few. */
function moves(): fc.Arbitrary<Move[]> {
  const plain = (weight: number, what: Move['do']): fc.WeightedArbitrary<unknown> => ({
    weight,
    arbitrary: fc.constant({ do: what }),
  });
  const turns = fc.integer({ min: 0, max: 3 });
  const ms = fc.constantFrom(0, 1, 19, 20, 5000, 60_000);
  return fc.array(
    fc.oneof(
      ...[plain(3, 'cut'), plain(6, 'next'), plain(4, 'end'), plain(4, 'send')],
      ...[plain(1, 'fence'), plain(1, 'replace'), plain(1, 'hold'), plain(1, 'go'), plain(2, 'crash')],
      { weight: 6, arbitrary: fc.record({ do: fc.constant('hello'), ahead: fc.boolean() }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('pass'), turns }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), ms }) },
    ) as fc.Arbitrary<Move>,
    { maxLength: LENGTH, size: 'max' },
  );
}

test('F25: whatever crosses whatever, a harness that comes back is served, once, and watched', async () => {
  const follow = async (list: Move[]): Promise<void> => {
    await using race = new Race();
    await race.run(list);
  };
  await fc.assert(fc.asyncProperty(moves(), follow), { numRuns: RUNS, examples: FAILED });
});
