import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { runChaos } from '../chaos/run-chaos.ts';
import type { ChaosOptions, ChaosResult } from '../chaos/run-chaos.ts';
import { summary } from '../chaos/summary.ts';

/** Ends a run that hangs, with everything it started. */
const LONGEST_MS = 500_000;

async function chaos(t: TestContext, run: Omit<ChaosOptions, 'say' | 'signal'>): Promise<ChaosResult> {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const result = await runChaos({ ...run, say, signal: AbortSignal.timeout(LONGEST_MS) });
  t.diagnostic([...lines, summary(result, run.seed)].join('\n'));
  return result;
}

test('1,000 messages under chaos: nothing is lost, doubled without a mark or out of order, by what the runtimes saw', async (t) => {
  const { violations, integrity, history, inflicted } = await chaos(t, {
    ...{ senders: 8, receivers: 4, messages: 1000, faults: 13 },
    seed: 17,
    plant: null,
  });
  assert.deepEqual(violations, []);
  assert.equal(integrity, 'ok');
  assert.equal(history.sent.filter(({ message }) => message !== null).length, 1000);
  assert.ok(inflicted.length >= 10, 'a fault that found nothing to hit in a minute is left out');
});

const SMALL = { senders: 2, receivers: 2, messages: 120 };

describe('a hive that breaks its word is found out', () => {
  test('a message that was confirmed and dropped', async (t) => {
    const { violations } = await chaos(t, { ...SMALL, seed: 1, faults: ['reply lost'], plant: 'loss' });
    assert.ok(violations.some(({ rule }) => rule === 'lost'));
  });

  test('a delivery that comes again without saying so', async (t) => {
    const faults = ['harness killed after it looked'] as const;
    const { violations } = await chaos(t, { ...SMALL, seed: 2, faults, plant: 'double' });
    assert.ok(violations.some(({ rule }) => rule === 'doubled'));
  });

  test('a delivery that counts as handled before anybody saw it', async (t) => {
    const faults = ['harness killed before it looked'] as const;
    const { violations } = await chaos(t, { ...SMALL, seed: 3, faults, plant: 'early-ack' });
    assert.ok(violations.some(({ rule }) => rule === 'lost'));
  });
});
