import { resolve } from 'node:path';
import { execa, type Result } from 'execa';

/** This checkout's launcher. */
export const HIVE = resolve(import.meta.dirname, '../../hive');

/** How a test calls the command line. */
export interface CliCall {
  env?: Record<string, string>;
  input?: string;
  timeoutMs?: number;
}

/** What a call printed and how it ended. */
export interface CliResult {
  code: number;
  out: string;
  err: string;
}

/** Runs `./hive …` as a user would; never throws for an exit code. Without `HIVE_HOME` in `env` the home is one that does not exist. */
export async function hive(
  args: string[],
  { env = {}, input = '', timeoutMs = 120_000 }: CliCall = {},
): Promise<CliResult> {
  const run: Result = await execa(HIVE, args, {
    env: { HIVE_HOME: '/nonexistent/hive', ...env },
    input,
    reject: false,
    timeout: timeoutMs,
    forceKillAfterDelay: 60_000,
  });
  return { code: run.exitCode ?? -1, out: String(run.stdout), err: String(run.stderr) };
}
