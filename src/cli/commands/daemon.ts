import { execa } from 'execa';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { INSTALL } from '../install.ts';

/** `hive daemon`: the daemon in the foreground, for service managers; `hive up` starts it detached. */
export function daemonCommand(cli: Cli): Command {
  return verb('daemon', 'run the daemon in the foreground (for service managers)', [
    'hive daemon --home /var/lib/hyperhive',
  ]).action(async (_options: object, command: Command) => {
    const { home } = environmentOf(cli, command);
    const child = execa(process.execPath, [resolve(INSTALL, 'src/daemon/main.ts'), '--home', home], {
      stdio: 'inherit',
      reject: false,
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
    process.exitCode = (await child).exitCode ?? 1;
  });
}
