import { Option, type Command } from 'commander';
import type { Client } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { askState, type Thread } from '#src/protocol/shapes.ts';
import { environmentOf, group, verb, type Cli } from '../cli.ts';
import { withHive } from '../connection.ts';
import { bold, dim, json, nextStep, plain, say } from '../output.ts';
import { table } from '../table.ts';
import { cancelCommand } from './threads-cancel.ts';
import { ago } from '#src/lib/span.ts';
import { readCount, readId } from '../values.ts';

interface ListOptions {
  state?: Thread['state'];
  mine?: boolean;
  max: number;
  json?: boolean;
}

/** `hive threads list|show|cancel`: asks and what was said in them. */
export function threadsCommand(cli: Cli): Command {
  const examples = ['hive threads list --mine', 'hive threads show 12'];
  const command = verb('threads', 'asks and what was said in them', examples);
  return group(command, [listCommand(cli), showCommand(cli), cancelCommand(cli)]);
}

function listCommand(cli: Cli): Command {
  return verb('list', 'asks, open ones first', ['hive threads list --state answered', 'hive threads list --mine'])
    .addOption(new Option('--state <state>', 'only these').choices(askState.options))
    .addOption(new Option('--mine', 'only open ones that you asked or that wait for you').conflicts('state'))
    .option('--max <n>', 'how many at the most', readCount(200), 50)
    .option('--json', 'print the result as JSON')
    .action(async (options: ListOptions, command: Command) => {
      const threads = await withHive(environmentOf(cli, command), (client) => wanted(client, options));
      if (options.json) return json(threads);
      if (threads.length === 0) return say('(no asks)');
      table(['ID', 'STATE', 'FROM', 'TO', 'ASKED', 'QUESTION'], threads.map(row));
      nextStep('hive threads show ID');
    });
}

/** Own ones: what waits for the caller first, each kind oldest first. */
async function wanted(client: Client, { state, mine, max }: ListOptions): Promise<Thread[]> {
  if (!mine) return (await client.call(methods.threadsList, { max, ...(state && { state }) })).threads;
  const own = await client.call(methods.asksList, { max });
  return [...own.for_me, ...own.mine];
}

function row(thread: Thread): string[] {
  const question = thread.question.split('\n')[0]!;
  const short = question.length > 60 ? `${question.slice(0, 59)}…` : question;
  return [String(thread.id), thread.state, thread.asker, thread.target, ago(thread.asked_at), short];
}

function showCommand(cli: Cli): Command {
  return verb('show', 'one ask with everything said in it', ['hive threads show 12'])
    .argument('<id>', 'the ask', readId)
    .option('--json', 'print the result as JSON')
    .action(async (id: number, options: { json?: boolean }, command: Command) => {
      const shown = await withHive(environmentOf(cli, command), (client) => client.call(methods.threadShow, { id }));
      if (options.json) return json(shown);
      const { thread, messages } = shown;
      say(
        `${bold(`ask ${thread.id}`)} ${dim(`${thread.state} · ${thread.asker} → ${thread.target} · ${ago(thread.asked_at)}`)}`,
      );
      if (thread.url) say(dim(thread.url));
      say();
      for (const message of messages) {
        say(
          `${bold(plain(message.from))} ${dim(`${message.kind} · ${ago(message.sent_at)}`)}\n${plain(message.body)}\n`,
        );
      }
      if (thread.state === 'open') nextStep(`hive answer ${thread.id} "…"`);
    });
}
