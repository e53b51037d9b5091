import { testParts } from '../hive/parts.ts';
import type { Tally } from './tally.ts';

/** Suites whose tests run no forge and no container. */
const WITHOUT_PARTS = ['architecture', 'unit'];

/** True when tests of one of these suites need the forge's program and the Claude Code CLI. */
export function needsParts(suites: { name: string }[]): boolean {
  return suites.some(({ name }) => !WITHOUT_PARTS.includes(name));
}

/**
 * Brings the parts before any test waits for them (on a new machine the forge is built, once, in some minutes) and tells the tests' processes
 * where the forge's program is. Counts as one test.
 */
export async function prepareParts(): Promise<Tally> {
  process.stdout.write('\n── parts (a new machine builds the forge now, once)\n');
  try {
    const { gitea, claude } = await testParts(true);
    if (gitea) process.env['HIVE_TEST_GITEA'] ??= gitea.path;
    process.stdout.write(`✔ ${gitea?.path}\n✔ ${claude?.path}\n`);
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    process.stdout.write(`✖ ${String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
