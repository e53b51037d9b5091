import { InvalidArgumentError, type Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import type { DeadLetter } from '#src/protocol/methods/trouble.ts';
import { hint } from '../hints.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { json, nextStep, plain, say } from '../output.ts';
import { table } from '../table.ts';
import { ago } from '#src/lib/span.ts';
import { readCount, readId } from '../values.ts';

/** Characters of a dead letter's text and reason in the table. */
const SHORT = 48;

/** `hive dead list|retry`: messages that were given up. */
export function deadCommand(cli: Cli): Command {
  return verb('dead', 'dead letters: messages that were given up', ['hive dead list', 'hive dead retry 12'])
    .addCommand(listCommand(cli), { isDefault: true })
    .addCommand(retryCommand(cli));
}

function listCommand(cli: Cli): Command {
  return verb('list', 'dead letters, newest first', ['hive dead list --agent alice'])
    .option('--agent <name>', 'only those to this agent')
    .option('--max <n>', 'how many at the most', readCount(200), 50)
    .option('--json', 'print the result as JSON')
    .action(async (options: { agent?: string; max: number; json?: boolean }, command: Command) => {
      const { agent, max } = options;
      const { dead, total } = await withOperator(environmentOf(cli, command), (client) =>
        client.call(methods.deadList, { max, ...(agent !== undefined && { agent }) }),
      );
      if (options.json) return json({ dead, total });
      if (total === 0) return say('(no dead letters)');
      table(['ID', 'FROM', 'TO', 'DIED', 'TRIES', 'MESSAGE', 'WHY'], dead.map(row));
      if (total > dead.length) say(`(${total - dead.length} more: --max ${Math.min(200, total)})`);
      nextStep('hive dead retry ID');
    });
}

function row(letter: DeadLetter): string[] {
  const { delivery, from, recipient, died_at: died, attempts } = letter;
  return [String(delivery), from, recipient, ago(died), String(attempts), short(letter.excerpt), short(letter.reason)];
}

function short(text: string): string {
  return text.length > SHORT ? `${text.slice(0, SHORT - 1)}…` : text;
}

function retryCommand(cli: Cli): Command {
  return verb('retry', 'queue dead letters again, with fresh attempts', [
    'hive dead retry 12 15',
    'hive dead retry --agent alice',
  ])
    .argument('[ids...]', 'the IDs of `hive dead list`', collectIds)
    .option('--agent <name>', 'all dead letters to this agent')
    .option('--json', 'print the result as JSON')
    .action(async (ids: number[], options: { agent?: string; json?: boolean }, command: Command) => {
      const { agent } = options;
      const input = agent === undefined ? { deliveries: ids } : { agent };
      if ((agent === undefined) === (ids.length === 0))
        command.error('name the dead letters (hive dead list shows them), or an agent: hive dead retry --agent alice');
      const result = await withOperator(environmentOf(cli, command), (client) => client.call(methods.deadRetry, input));
      if (result.refused.length > 0) process.exitCode = EXIT.refused;
      if (options.json) return json(result);
      if (result.retried.length > 0) say(`queued again: ${result.retried.join(', ')}`);
      for (const { delivery, reason } of result.refused) say(`${delivery} stays as it is: ${hint(plain(reason))}`);
      if (result.retried.length + result.refused.length === 0) say(`(${agent} has no dead letters)`);
      nextStep(result.retried.length > 0 ? `hive messages${agent ? ` --agent ${agent}` : ''}` : 'hive dead list');
    });
}

function collectIds(value: string, before: number[] = []): number[] {
  const id = readId(value);
  if (before.includes(id)) throw new InvalidArgumentError(`${id} is named twice.`);
  return [...before, id];
}
