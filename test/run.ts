import { runChecks } from './support/run/checks.ts';
import { needsParts, prepareParts } from './support/run/parts.ts';
import { addTallies, type Tally } from './support/run/tally.ts';
import { findSuites, runSuite } from './support/run/suites.ts';

/** Runs what is named (everything when nothing is) and ends with one line: `N passed, N failed, N skipped`. */
async function main(names: string[]): Promise<void> {
  const suites = await findSuites(names);
  const withChecks = names.length === 0 || names.includes('check');
  if (suites.length === 0 && !withChecks) {
    process.stderr.write(
      `no test file matches ${names.join(', ')}: use check, a folder below test/, or part of a file's name\n`,
    );
    process.exitCode = 2;
    return;
  }
  const tallies: Tally[] = [];
  if (withChecks) tallies.push(await runChecks());
  if (needsParts(suites)) tallies.push(await prepareParts());
  for (const suite of suites) tallies.push(await runSuite(suite));
  const { passed, failed, skipped } = addTallies(tallies);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

await main(process.argv.slice(2));
