import { resolve } from 'node:path';
import { execa } from 'execa';
import { type SetupResult, setupEvent } from '#src/protocol/setup.ts';

const INSTALL = resolve(import.meta.dirname, '../../..');
const known = new Map<string, Promise<SetupResult>>();

/**
 * Where Node, Gitea and (with `claude`) the Claude Code CLI are, by the hive's own setup with its usual cache or that of `HIVE_TEST_CACHE`;
 * `HIVE_TEST_GITEA` names a Gitea to use instead of the cached one. Asked once per process.
 */
export function testParts(claude: boolean): Promise<SetupResult> {
  const steps = claude ? 'node,gitea,claude' : 'node,gitea';
  const found = known.get(steps) ?? runSetup(steps);
  known.set(steps, found);
  return found;
}

async function runSetup(steps: string): Promise<SetupResult> {
  const { HIVE_TEST_CACHE, HIVE_TEST_GITEA } = process.env;
  const { stdout } = await execa(process.execPath, [resolve(INSTALL, 'src/setup/main.ts'), '--only', steps], {
    env: {
      ...(HIVE_TEST_CACHE && { HIVE_CACHE: HIVE_TEST_CACHE }),
      ...(HIVE_TEST_GITEA && { HIVE_GITEA: HIVE_TEST_GITEA }),
    },
  });
  const last = setupEvent.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  if (!('done' in last) || !last.ok) throw new Error(`setup did not finish: ${stdout}`);
  return last.result;
}
