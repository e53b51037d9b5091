import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { execa } from 'execa';

const MAIN = join(import.meta.dirname, '../../bench/main.ts');
/** Those that start processes of their own; the other brokers need servers that may not be there. */
const SECTIONS = ['latency', 'fairness', 'fleet', 'growth'];

test('the benchmarks run and say how their ratios stand', async () => {
  const only = SECTIONS.flatMap((name) => ['--only', name]);
  const { stdout } = await execa(process.execPath, [MAIN, '--smoke', ...only]);
  for (const said of [/^F, .* p50/m, /10 senders over sockets: \d+/, /^wake p99 \/ p50 .* must ≤ 10, aim ≤ 5/m])
    assert.match(stdout, said);
  assert.equal(stdout.match(/ must [≤≥] /g)?.length, 2 + 1 + 4 + 8);
});
