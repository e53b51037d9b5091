import { Option, type Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withAgent } from '../connection.ts';
import { json, say } from '../output.ts';

/** `hive share REPOSITORY AGENT`, inside a container: lets another agent read or write a repository of one's own. */
export function shareCommand(cli: Cli): Command {
  return verb('share', 'inside a container: let another agent into a repository of yours', [
    'hive share greeter bob',
    'hive share greeter bob --permission write',
  ])
    .argument('<repository>', 'a repository of yours, by its name alone')
    .argument('<agent>', 'who gets in')
    .addOption(new Option('--permission <what>', 'what it may do').choices(['read', 'write']).default('read'))
    .option('--json', 'print the result as JSON')
    .action(
      async (
        repository: string,
        agent: string,
        options: { permission: 'read' | 'write'; json?: boolean },
        command: Command,
      ) => {
        const input = { repository, with: agent, permission: options.permission };
        const shared = await withAgent(environmentOf(cli, command), (client) => client.call(methods.share, input));
        if (options.json) return json(shared);
        say(`${agent} may ${options.permission} ${shared.url}`);
      },
    );
}
