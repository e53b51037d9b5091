import { InvalidArgumentError, type Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import type { DeadLetter } from '#src/protocol/methods/trouble.ts';
import { hint } from '../hints.ts';
import { environmentOf, group, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { json, nextStep, plain, say } from '../output.ts';
import { table } from '../table.ts';
import { ago } from '#src/lib/span.ts';
import { readCount, readId } from '../values.ts';

/** Characters of a dead letter's text and reason in the table. */
const SHORT = 48;

/** `hive dead list|retry|dismiss`: messages that were given up. */
export function deadCommand(cli: Cli): Command {
  const command = verb('dead', 'dead letters: messages that were given up', ['hive dead list', 'hive dead retry 12']);
  return group(command, [listCommand(cli), retryCommand(cli), dismissCommand(cli)]);
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
      if (total === 0) return say(agent === undefined ? '(no dead letters)' : `(${agent} has no dead letters)`);
      table(['ID', 'FROM', 'TO', 'DIED', 'TRIES', 'MESSAGE', 'WHY'], dead.map(row));
      if (dead.some(({ excerpt, reason }) => isLong(excerpt) || isLong(reason))) say('(--json shows what was cut)');
      if (total > dead.length) say(`(${total - dead.length} more: --max ${Math.min(200, total)})`);
      nextStep('hive dead retry ID, or hive dead dismiss ID');
    });
}

function row(letter: DeadLetter): string[] {
  const { delivery, from, recipient, died_at: died, attempts } = letter;
  return [String(delivery), from, recipient, ago(died), String(attempts), short(letter.excerpt), short(letter.reason)];
}

function short(text: string): string {
  return isLong(text) ? `${text.slice(0, SHORT - 1)}…` : text;
}

function isLong(text: string): boolean {
  return text.length > SHORT;
}

interface Meant {
  agent?: string;
  json?: boolean;
}

/** A verb on named dead letters, or on all of an agent. */
function onDead(name: string, summary: string): Command {
  return verb(name, summary, [`hive dead ${name} 12 15`, `hive dead ${name} --agent alice`])
    .argument('[ids...]', 'the IDs of `hive dead list`', collectIds)
    .option('--agent <name>', 'all dead letters to this agent')
    .option('--json', 'print the result as JSON');
}

/** What a call gets; neither ids nor an agent, or both, are wrong arguments. */
function meant(command: Command, ids: number[], { agent }: Meant): { deliveries: number[] } | { agent: string } {
  if ((agent === undefined) === (ids.length === 0))
    command.error(
      `name the dead letters (hive dead list shows them), or an agent: hive dead ${command.name()} --agent alice`,
    );
  return agent === undefined ? { deliveries: ids } : { agent };
}

/** Says what became of each; exit code 4 when some stay as they are. */
function tell(what: string, done: number[], refused: { delivery: number; reason: string }[], agent?: string): void {
  if (done.length > 0) say(`${what}: ${done.join(', ')}`);
  for (const { delivery, reason } of refused) say(`${delivery} stays as it is: ${hint(plain(reason))}`);
  if (done.length + refused.length === 0) say(`(${agent} has no dead letters)`);
}

function retryCommand(cli: Cli): Command {
  return onDead('retry', 'queue dead letters again, with fresh attempts').action(
    async (ids: number[], options: Meant, command: Command) => {
      const input = meant(command, ids, options);
      const result = await withOperator(environmentOf(cli, command), (client) => client.call(methods.deadRetry, input));
      const { retried, refused } = result;
      if (refused.length > 0) process.exitCode = EXIT.refused;
      if (options.json) return json(result);
      tell('queued again', retried, refused, options.agent);
      const { agent } = options;
      nextStep(retried.length > 0 ? `hive messages${agent ? ` --agent ${agent}` : ''}` : 'hive dead list');
    },
  );
}

function dismissCommand(cli: Cli): Command {
  return onDead('dismiss', 'take dead letters from the list; they stay stored as what they are').action(
    async (ids: number[], options: Meant, command: Command) => {
      const input = meant(command, ids, options);
      const result = await withOperator(environmentOf(cli, command), (client) =>
        client.call(methods.deadDismiss, input),
      );
      const { dismissed, refused } = result;
      if (refused.length > 0) process.exitCode = EXIT.refused;
      if (options.json) return json(result);
      tell('dismissed', dismissed, refused, options.agent);
      nextStep(dismissed.length > 0 ? `hive dead retry ${dismissed[0]} brings one back` : 'hive dead list');
    },
  );
}

function collectIds(value: string, before: number[] = []): number[] {
  const id = readId(value);
  if (before.includes(id)) throw new InvalidArgumentError(`${id} is named twice.`);
  return [...before, id];
}
