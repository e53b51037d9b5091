import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { starter } from '../src/cli/bundle/starter.ts';
import { DAEMON_OPTIONS } from '../src/cli/supervisor/run-daemon.ts';
import { Standby } from '../src/cli/supervisor/standby.ts';

/**
 * Stands above `fleet-server.ts` as the hive's supervisor does, without its pauses and its patience: `node bench/fleet-supervisor.ts CACHE FOLDER AGENTS`. For
 * each line on its standard input it starts a daemon ahead. Daemons have its standard output, and descriptor 3; it ends when one of them ended by itself.
 */
async function main(cache: string, folder: string, agents: string): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const program = starter({ main: join(import.meta.dirname, 'fleet-server.ts'), cache, say });
  const words = async (): Promise<string[]> => [...DAEMON_OPTIONS, ...(await program()), folder, agents];
  await using standby = new Standby({ start, say });
  createInterface(process.stdin).on('line', () => void words().then((args) => standby.prepare(args)));
  for (let killed = true; killed;) {
    const args = await words();
    const [, signal] = (await once(standby.take(args) ?? start(args), 'exit')) as [number | null, string | null];
    killed = signal !== null;
  }
  process.stdin.destroy();
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { stdio: ['pipe', 'inherit', 'inherit', 3] });
}

await main(process.argv[2] ?? '', process.argv[3] ?? '', process.argv[4] ?? '');
