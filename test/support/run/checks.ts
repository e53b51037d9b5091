import { resolve } from 'node:path';
import { execa } from 'execa';
import type { Tally } from './tally.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const BIN = resolve(ROOT, 'node_modules/.bin');

/** The static checks; each counts as one test. */
const CHECKS: { name: string; argv: string[] }[] = [
  { name: 'types', argv: ['tsc', '--noEmit', '-p', '.'] },
  { name: 'lint', argv: ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench'] },
  { name: 'format', argv: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'unused code', argv: ['knip', '--no-progress'] },
];

/** Runs the static checks and prints what fails. */
export async function runChecks(): Promise<Tally> {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, argv } of CHECKS) {
    const started = performance.now();
    const run = await execa(resolve(BIN, argv[0]!), argv.slice(1), { cwd: ROOT, all: true, reject: false });
    const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    process.stdout.write(run.failed ? `✖ ${name} (${took})\n${run.all}\n` : `✔ ${name} (${took})\n`);
    tally[run.failed ? 'failed' : 'passed']++;
  }
  return tally;
}
