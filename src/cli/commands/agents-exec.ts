import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';

/** `hive agents exec NAME -- ARGV…`: runs a command in the agent's container; its exit code becomes the command's. */
export function execCommand(cli: Cli): Command {
  return verb('exec', 'run a command in an agent’s running container', ['hive agents exec alice -- git -C repo status'])
    .allowUnknownOption() // they belong to the command, also without --
    .argument('<name>', 'the agent')
    .argument('<argv...>', 'the command and its arguments; after -- all of them are its own')
    .action(async (name: string, argv: string[], _options: object, command: Command) => {
      await withOperator(environmentOf(cli, command), async (client) => {
        const ended = Promise.withResolvers<number>();
        const stream = await client.stream(methods.exec, { name, argv }, (event) => {
          if (event.type === 'exit') ended.resolve(event.exit_code);
          else process[event.stream].write(event.data);
        });
        stream.ended.then(() => ended.resolve(1), ended.reject);
        process.exitCode = await ended.promise;
      });
    });
}
