import { execa } from 'execa';
import { resolve } from 'node:path';
import { setupEvent } from '#src/protocol/setup.ts';

const SETUP = resolve(import.meta.dirname, '../../src/setup/main.ts');

/** The Claude Code CLI the tests run: `HIVE_TEST_CLAUDE`, or what the hive's own setup brings into its cache (that of `HIVE_TEST_CACHE` when set). */
export async function claudeBinary(): Promise<string> {
  const { HIVE_TEST_CLAUDE, HIVE_TEST_CACHE } = process.env;
  if (HIVE_TEST_CLAUDE) return HIVE_TEST_CLAUDE;
  const env = HIVE_TEST_CACHE ? { HIVE_CACHE: HIVE_TEST_CACHE } : {};
  const { stdout } = await execa(process.execPath, [SETUP, '--only', 'claude'], { env });
  const last = setupEvent.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  if ('done' in last && last.ok && last.result.claude) return last.result.claude.path;
  throw new Error(`setup did not bring Claude Code: ${stdout}`);
}
