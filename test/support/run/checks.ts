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

/** Runs the static checks side by side and prints what fails. */
export async function runChecks(): Promise<Tally> {
  const passed = (await Promise.all(CHECKS.map(runCheck))).filter(Boolean).length;
  return { passed, failed: CHECKS.length - passed, skipped: 0 };
}

async function runCheck({ name, argv }: (typeof CHECKS)[number]): Promise<boolean> {
  const started = performance.now();
  const run = await execa(resolve(BIN, argv[0]!), argv.slice(1), { cwd: ROOT, all: true, reject: false });
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stdout.write(run.failed ? `✖ ${name} (${took})\n${run.all}\n` : `✔ ${name} (${took})\n`);
  return !run.failed;
}
