import { createInterface } from 'node:readline';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { HiveError } from '#src/lib/errors.ts';
import { makeFolder } from '#src/lib/make-folder.ts';
import { setupEvent, setupResult, type SetupProgress, type SetupResult } from '#src/protocol/setup.ts';
import type { Environment } from './environment.ts';
import { INSTALL } from './install.ts';
import { createProgress, type Progress } from './progress.ts';

/** Which steps of setup to run, and where their progress goes. */
export interface SetupCall {
  args: string[];
  progress: Progress;
  /** Ends setup early, which then throws. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs setup as a child process and keeps where the parts are in `<home>/setup.json` (parts of earlier runs stay). Throws `unavailable` with the failed
 * step's words, its log and what else is possible, `invalid` for a wrong value in the environment.
 */
export async function runSetup(environment: Environment, call: SetupCall): Promise<SetupResult> {
  const child = execa(process.execPath, [resolve(INSTALL, 'src/setup/main.ts'), ...call.args], {
    stdin: 'ignore',
    stderr: 'inherit',
    buffer: false,
    reject: false,
    env: environment.env,
    extendEnv: false,
  });
  call.signal?.addEventListener('abort', () => child.kill('SIGINT'));
  let failed: SetupProgress | undefined;
  let refused: string | undefined;
  let result: SetupResult = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const event = setupEvent.parse(JSON.parse(line));
    if ('refused' in event) refused = event.refused;
    else if ('done' in event) result = event.result;
    else call.progress.setup(event);
    if ('state' in event && event.state === 'failed') failed ??= event;
  }
  const ended = await child;
  if (refused !== undefined) throw new HiveError('invalid', refused);
  if (failed) throw new HiveError('unavailable', describe(failed));
  if (ended.exitCode !== 0)
    throw new HiveError('unavailable', 'setup was interrupted: run the same command again, it goes on where it was');
  return keep(environment, result);
}

/** Brings the Claude Code CLI when this hive has none yet. */
export async function ensureClaude(environment: Environment): Promise<void> {
  if ((await knownParts(environment.home)).claude) return;
  const progress = createProgress();
  await runSetup(environment, { args: ['--only', 'claude'], progress });
}

/** What `<home>/setup.json` says; empty when there is none. */
export async function knownParts(home: string): Promise<SetupResult> {
  try {
    return setupResult.parse(JSON.parse(await readFile(join(home, 'setup.json'), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new HiveError('invalid', `${join(home, 'setup.json')} is damaged: remove it and run hive up again`, {
      cause: error,
    });
  }
}

async function keep(environment: Environment, result: SetupResult): Promise<SetupResult> {
  const merged = { ...(await knownParts(environment.home)), ...result };
  const file = join(environment.home, 'setup.json');
  makeFolder(environment.home, 0o711);
  await writeFile(`${file}.new`, `${JSON.stringify(merged, null, 2)}\n`, { mode: 0o644 });
  await rename(`${file}.new`, file);
  return merged;
}

function describe(step: SetupProgress): string {
  const lines = [`${step.title} failed: ${step.detail ?? 'no reason was given'}`];
  if (step.log) lines.push(`its log: ${step.log}`);
  for (const fix of step.fix ?? []) lines.push(`possible: ${fix}`);
  return lines.join('\n      ');
}
