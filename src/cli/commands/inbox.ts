import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { json, nextStep, say } from '../output.ts';
import { printReceived } from '../received.ts';
import { readCount } from '../values.ts';

/** `hive inbox`: what agents sent to the operator; reading marks it read. */
export function inboxCommand(cli: Cli): Command {
  return verb('inbox', 'read what agents sent to the operator', ['hive inbox', 'hive inbox --peek --json'])
    .option('--peek', 'leave it unread')
    .option('--max <n>', 'how many at the most', readCount(100), 32)
    .option('--json', 'print the result as JSON')
    .action(async (options: { peek?: boolean; max: number; json?: boolean }, command: Command) => {
      const input = { peek: options.peek ?? false, max: options.max };
      const got = await withOperator(environmentOf(cli, command), (client) => client.call(methods.inbox, input));
      if (options.json) return json(got);
      if (got.messages.length === 0) return say('(empty)');
      got.messages.forEach(printReceived);
      const asked = got.messages.find((message) => message.kind === 'ask');
      if (got.remaining > 0) nextStep(`${got.remaining} more: hive inbox`);
      if (asked?.ask) nextStep(`hive answer ${asked.ask} "…"`);
    });
}
