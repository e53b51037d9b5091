import type { Command } from 'commander';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { runDaemon } from '../supervisor/run-daemon.ts';

/** `hive daemon`: the daemon in the foreground, started again when it crashes, for service managers; `hive up` starts it detached. */
export function daemonCommand(cli: Cli): Command {
  return verb('daemon', 'run the daemon in the foreground (for service managers)', [
    'hive daemon --home /var/lib/hyperhive',
  ]).action(async (_options: object, command: Command) => {
    const { home } = environmentOf(cli, command);
    process.exitCode = await runDaemon(home, { ...cli.env, HIVE_HOME: home });
  });
}
