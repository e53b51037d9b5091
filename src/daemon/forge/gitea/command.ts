import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { HiveError } from '#src/lib/errors.ts';
import { INSIDE } from '../layout.ts';
import { launchInForge } from './launch.ts';
import type { ForgeCommand, GiteaLaunch } from './launch.ts';

/** Longest run of a short command. */
const COMMAND_MS = 60_000;

/** The command line of a Gitea verb with this hive's configuration. */
export function giteaArgv(verb: string, ...args: string[]): string[] {
  const places = [
    '--config',
    `${INSIDE.conf}/app.ini`,
    '--work-path',
    INSIDE.work,
    '--custom-path',
    `${INSIDE.conf}/custom`,
  ];
  return [INSIDE.binary, ...places, verb, ...args];
}

/** Runs a short command in the forge's sandbox to its end and answers what it printed; throws `internal` with its stderr. */
export async function runInForge(launch: GiteaLaunch, command: Omit<ForgeCommand, 'stdio'>): Promise<string> {
  const child = launchInForge(launch, { ...command, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
  try {
    const ended = once(child, 'close');
    const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    const [code] = (await ended) as [number | null];
    if (code === 0) return out;
    const said = `${err}\n${out}`.trim().slice(-2000);
    throw new HiveError('internal', `"${command.argv.join(' ')}" ended with ${code ?? 'a signal'}: ${said}`);
  } finally {
    clearTimeout(timer);
  }
}
