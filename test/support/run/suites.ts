import { glob } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import type { EventData } from 'node:test';
import { readSkips } from './skips.ts';
import type { Tally } from './tally.ts';

const TESTS = resolve(import.meta.dirname, '../..');

/** A folder of tests with what its files may take of the machine. */
interface Suite {
  name: string;
  files: string[];
  concurrency: number;
  timeoutMs: number;
}

/** Folders in running order; each file is a process of its own. */
const SUITES = [
  { name: 'architecture', pattern: 'architecture.test.ts', concurrency: 1, timeoutMs: 60_000 },
  { name: 'unit', pattern: 'unit/**/*.test.ts', concurrency: 2, timeoutMs: 120_000 },
  { name: 'integration', pattern: 'integration/**/*.test.ts', concurrency: 3, timeoutMs: 300_000 },
  { name: 'scenarios', pattern: 'scenarios/**/*.test.ts', concurrency: 3, timeoutMs: 600_000 },
  { name: 'browser', pattern: 'browser/**/*.test.ts', concurrency: 2, timeoutMs: 600_000 },
];

/** The suites that `names` choose: a suite's own name, or part of its files' paths. All of them without names. */
export async function findSuites(names: string[]): Promise<Suite[]> {
  const wanted = names.map((name) => (name === 'check' ? 'architecture' : name));
  const suites: Suite[] = [];
  for (const { name, pattern, ...how } of SUITES) {
    const all = await Array.fromAsync(glob(pattern, { cwd: TESTS }));
    const chosen =
      wanted.length === 0 || wanted.includes(name)
        ? all
        : all.filter((file) => wanted.some((part) => file.includes(part)));
    if (chosen.length > 0) suites.push({ name, files: chosen.toSorted().map((file) => resolve(TESTS, file)), ...how });
  }
  return suites;
}

/** Runs one suite, prints its report, and counts; a skipped test without an entry in test/skips.json counts as failed. */
export async function runSuite(suite: Suite): Promise<Tally> {
  process.stdout.write(`\n── ${suite.name} (${suite.files.length} files)\n`);
  const skips = await readSkips();
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const stream = run({
    files: suite.files,
    concurrency: suite.concurrency,
    timeout: suite.timeoutMs,
    isolation: 'process',
  });
  stream.on('test:pass', (event) => {
    if (isContainer(event)) return;
    if (event.skip === undefined && event.todo === undefined) tally.passed++;
    else if (skips.allows(nameOf(event))) tally.skipped++;
    else {
      tally.failed++;
      process.stdout.write(`✖ skipped without an entry in test/skips.json: "${nameOf(event)}"\n`);
    }
  });
  stream.on('test:fail', (event) => {
    if (!isContainer(event) || !event.details.error.message.includes('subtest')) tally.failed++;
  });
  for await (const chunk of stream.compose(spec)) process.stdout.write(chunk);
  return tally;
}

/** Files and describe blocks are no tests of their own. */
function isContainer(event: EventData.TestPass | EventData.TestFail): boolean {
  return event.details.type === 'suite' || (event.nesting === 0 && event.name === event.file);
}

function nameOf(event: EventData.TestPass): string {
  return `${relative(TESTS, event.file ?? '')}: ${event.name}`;
}
