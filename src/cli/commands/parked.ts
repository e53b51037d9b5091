import { InvalidArgumentError, type Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import type { ParkedPair } from '#src/protocol/methods/trouble.ts';
import { environmentOf, group, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { bold, dim, json, nextStep, plain, say } from '../output.ts';
import { ago } from '#src/lib/span.ts';
import { readId } from '../values.ts';

/** `hive parked list|release`: pairs of agents whose messages the loop breaker holds. */
export function parkedCommand(cli: Cli): Command {
  const command = verb('parked', 'pairs of agents that answered each other for too long', [
    'hive parked list',
    'hive parked release 3',
  ]);
  return group(command, [listCommand(cli), releaseCommand(cli)]);
}

function listCommand(cli: Cli): Command {
  return verb('list', 'parked pairs with the messages that led to it', ['hive parked list --json'])
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { pairs } = await withOperator(environmentOf(cli, command), (client) =>
        client.call(methods.parkedList, {}),
      );
      if (options.json) return json(pairs);
      if (pairs.length === 0) return say('(no parked pairs)');
      pairs.forEach(print);
      nextStep(`hive parked release ${pairs.map((pair) => pair.id).join(' ')}`);
    });
}

function print({ id, parties, since, held, reason, chain }: ParkedPair): void {
  say(`${bold(`${id}  ${parties.join(' ↔ ')}`)} ${dim(`· since ${ago(since)} · ${held} held`)}`);
  say(`   ${plain(reason)}`);
  for (const message of chain) {
    const who = `${message.from} → ${message.to}`;
    say(`   ${dim(`${message.id} ${who} · ${ago(message.sent_at)}`)} ${plain(message.excerpt)}`);
  }
  say();
}

function releaseCommand(cli: Cli): Command {
  return verb('release', 'deliver what a pair holds, and let it go on', ['hive parked release 3'])
    .argument('<ids...>', 'the numbers of `hive parked list`', collectIds)
    .option('--json', 'print the result as JSON')
    .action(async (ids: number[], options: { json?: boolean }, command: Command) => {
      const released = await withOperator(environmentOf(cli, command), async (client) => {
        const done: { pair: number; released: number }[] = [];
        for (const id of ids) done.push({ pair: id, ...(await client.call(methods.parkedRelease, { id })) });
        return done;
      });
      if (options.json) return json(released);
      for (const { pair, released: many } of released) say(`pair ${pair} goes on: ${many} held messages are queued`);
      nextStep('hive messages shows what they say now; hive agents pause NAME stops one of them');
    });
}

function collectIds(value: string, before: number[] = []): number[] {
  const id = readId(value);
  if (before.includes(id)) throw new InvalidArgumentError(`${id} is named twice.`);
  return [...before, id];
}
