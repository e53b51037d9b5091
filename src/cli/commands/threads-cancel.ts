import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { json, nextStep, say } from '../output.ts';
import { readId } from '../values.ts';

/** `hive threads cancel ID`: takes back an open ask of one's own; whoever was asked is told. */
export function cancelCommand(cli: Cli): Command {
  return verb('cancel', 'take back an open ask of your own', ['hive threads cancel 12'])
    .argument('<id>', 'the ask', readId)
    .option('--json', 'print the result as JSON')
    .action(async (id: number, options: { json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      const input = { id, ...keyOf(environment) };
      const cancelled = await withHive(environment, (client) => client.call(methods.askCancel, input));
      if (options.json) return json(cancelled);
      say(`ask ${id}: ${cancelled.state}`);
      nextStep('hive threads list --mine');
    });
}
