import type { Command } from 'commander';
import type { Output } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withAgent } from '../connection.ts';
import { json, nextStep, say } from '../output.ts';
import { printReceived } from '../received.ts';
import { readCount, readSpan } from '../values.ts';

interface Options {
  max: number;
  wait?: number;
  json?: boolean;
}

/** `hive recv`, inside a container: takes waiting messages into the running turn, or only shows them outside of one. */
export function recvCommand(cli: Cli): Command {
  return verb('recv', 'inside a container: take waiting messages into this turn', [
    'hive recv --max 5',
    'hive recv --wait 30s --json',
  ])
    .option('--max <n>', 'how many at the most', readCount(32), 1)
    .option('--wait <span>', 'wait for the first one (at most 180s)', readSpan(0, 180))
    .option('--json', 'print the result as JSON')
    .action(async (options: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      const { turn } = environment;
      const wait = options.wait === undefined ? {} : { wait_seconds: options.wait };
      const input = { max: options.max, ...wait, ...keyOf(environment) };
      await withAgent(environment, async (client) => {
        const got = await client.call(methods.recv, input);
        if (options.json) json(got);
        else print(got, turn !== null);
        const deliveries = got.messages.map(({ delivery }) => delivery);
        if (turn !== null && deliveries.length > 0) await client.call(methods.presented, { turn, deliveries });
      });
    });
}

function print({ messages, remaining, note }: Output<typeof methods.recv>, taken: boolean): void {
  if (messages.length === 0) say('(empty)');
  messages.forEach(printReceived);
  if (note !== null && remaining > 0) say(`(+${remaining} more queued for a later turn: ${note})`);
  else if (remaining > 0) nextStep(`+${remaining} more queued: hive recv --max ${Math.min(remaining, 32)}`);
  if (!taken && messages.length > 0) say('(no turn is named here: these were only shown and stay queued)');
}
