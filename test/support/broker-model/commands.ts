import fc from 'fast-check';

/** Something that happens to a hive; what does not fit the moment is passed over. */
export type Command =
  | { do: 'send'; from: 'alice' | 'operator'; keyed: boolean }
  /** Alice says several things at once: more than a pair may. */
  | { do: 'burst'; many: number }
  /** Bob says something to alice. */
  | { do: 'reply' }
  | { do: 'release' }
  | { do: 'broadcast' }
  | { do: 'ask'; seconds: number | null }
  /** `pick` = which of the asks there ever were. */
  | { do: 'answer'; by: 'bob' | 'operator'; pick: number }
  | { do: 'cancel'; pick: number }
  | { do: 'remind'; seconds: number }
  | { do: 'retry' }
  | { do: 'next' }
  | { do: 'recv'; max: number }
  | { do: 'present'; pick: number }
  /** `unseen` = which of the others the harness knows that nobody saw. */
  | { do: 'end'; outcome: 'ok' | 'failed' | 'cancelled' | 'context_full'; pick: number; unseen: number }
  | { do: 'endTwice' }
  | { do: 'endLate' }
  | { do: 'session'; end: 'died' | 'stopped' | 'killed_by_hive' }
  | { do: 'drop' }
  | { do: 'crash'; sending: boolean; turns: number }
  | { do: 'wait'; ms: number };

/** Which of the leased deliveries are meant: one bit each. */
const pick = fc.integer({ min: 0, max: 255 });

/** Sequences of commands; `next` and `end` are frequent, so that messages get far. */
export function commandLists(maxLength: number): fc.Arbitrary<Command[]> {
  const outcome = fc.constantFrom('ok', 'ok', 'failed', 'cancelled', 'context_full');
  return fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('send'),
          from: fc.constantFrom('alice', 'operator'),
          keyed: fc.boolean(),
        }),
      },
      ...others(),
      { weight: 5, arbitrary: fc.constant({ do: 'next' }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('recv'), max: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('present'), pick }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('end'), outcome, pick, unseen: pick }) },
      { weight: 2, arbitrary: fc.constant({ do: 'endTwice' }) },
      { weight: 2, arbitrary: fc.constant({ do: 'endLate' }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('session'), end: fc.constantFrom('died', 'stopped', 'killed_by_hive') }),
      },
      { weight: 1, arbitrary: fc.constant({ do: 'drop' }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('crash'),
          sending: fc.boolean(),
          turns: fc.integer({ min: 0, max: 3 }),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 5000, 30_000, 120_000, 600_000) }),
      },
    ) as fc.Arbitrary<Command>,
    // Else most are far shorter than `maxLength`.
    { maxLength, size: 'max' },
  );
}

/** What is not a plain message to bob. */
function others(): fc.WeightedArbitrary<unknown>[] {
  const which = fc.nat({ max: 7 });
  const seconds = fc.constantFrom(1, 20, 60, 900);
  const by = fc.constantFrom('bob', 'operator');
  return [
    { weight: 1, arbitrary: fc.constant({ do: 'broadcast' }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('ask'), seconds: fc.option(seconds) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('answer'), by, pick: which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), pick: which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('remind'), seconds }) },
    { weight: 1, arbitrary: fc.constant({ do: 'retry' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('burst'), many: fc.integer({ min: 2, max: 6 }) }) },
    { weight: 2, arbitrary: fc.constant({ do: 'reply' }) },
    { weight: 1, arbitrary: fc.constant({ do: 'release' }) },
  ];
}
