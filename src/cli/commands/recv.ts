import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withHive } from '../connection.ts';
import { json, say } from '../output.ts';
import { printReceived } from '../received.ts';
import { readCount, readSpan } from '../values.ts';

interface Options {
  max: number;
  wait?: number;
  json?: boolean;
}

/** `hive recv`, inside a container: takes waiting messages into the running turn. */
export function recvCommand(cli: Cli): Command {
  return verb('recv', 'inside a container: take waiting messages into this turn', [
    'hive recv --max 5',
    'hive recv --wait 30s --json',
  ])
    .option('--max <n>', 'how many at the most', readCount(32), 1)
    .option('--wait <span>', 'wait for the first one (at most 180s)', readSpan)
    .option('--json', 'print the result as JSON')
    .action(async (options: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      const turn = environment.turn === null ? {} : { turn: environment.turn };
      const wait = options.wait === undefined ? {} : { wait_seconds: options.wait };
      await withHive(environment, async (client) => {
        const got = await client.call(methods.recv, { max: options.max, ...wait, ...turn });
        if (options.json) json(got);
        else if (got.messages.length === 0) say('(empty)');
        else got.messages.forEach(printReceived);
        if (environment.turn !== null && got.messages.length > 0) {
          await client.call(methods.presented, {
            turn: environment.turn,
            deliveries: got.messages.map((m) => m.delivery),
          });
        }
      });
    });
}
