import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKills } from '../chaos/run-kills.ts';
import { killsSummary } from '../chaos/summary.ts';

const ROUNDS = 8;
/** Ends a run that hangs, with everything it started. */
const LONGEST_MS = 500_000;
/** No daemon of a machine that tests run on is up in less; `npm run chaos -- --kills 200` measures the ratio that is promised. */
const SLOWEST_MS = 60_000;

test('F4: the daemon is killed again and again while 8 senders and 4 receivers talk: nothing is lost, it comes back by itself', async (t) => {
  const lines: string[] = [];
  const result = await runKills({
    ...{ senders: 8, receivers: 4, rounds: ROUNDS, seed: 4, plant: null },
    say: (line) => lines.push(line),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  t.diagnostic([...lines, killsSummary(result, 4)].join('\n'));
  assert.deepEqual(result.violations, []);
  assert.equal(result.integrity, 'ok');
  assert.ok(result.history.sent.every(({ message }) => message !== null));
  assert.equal(result.recovery.length, ROUNDS);
  assert.ok(Math.max(...result.recovery) < SLOWEST_MS);
});
