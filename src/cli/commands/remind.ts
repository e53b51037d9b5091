import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { HiveError } from '#src/lib/errors.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { json, say } from '../output.ts';
import { readSpan, readText } from '../values.ts';

interface Options {
  in: number;
  agent?: string;
  json?: boolean;
}

/** `hive remind MESSAGE --in SPAN`: a message to oneself, or from the operator to an agent, at a later time. */
export function remindCommand(cli: Cli): Command {
  return verb('remind', 'send a message later', [
    'hive remind "check the nightly build" --in 8h --agent alice',
    'hive remind "look again" --in 10m',
  ])
    .argument('<message>', 'the text; - reads it from standard input')
    .requiredOption('--in <span>', 'how long from now, like 90s, 10m, 2h', readSpan)
    .option('--agent <name>', 'whom to remind (the operator must name one)')
    .option('--json', 'print the result as JSON')
    .action(async (message: string, options: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      if (!environment.agentSocket && !options.agent) throw new HiveError('invalid', 'whom? add --agent NAME');
      const input = {
        message: await readText(message),
        delay_seconds: options.in,
        ...(options.agent ? { agent: options.agent } : {}),
        ...keyOf(environment),
      };
      const set = await withHive(environment, (client) => client.call(methods.remind, input));
      if (options.json) return json(set);
      say(`reminder ${set.id}: due ${new Date(set.due_at).toLocaleString()}`);
    });
}
