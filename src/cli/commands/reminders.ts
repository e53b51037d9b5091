import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import type { Reminder } from '#src/protocol/methods/reminders.ts';
import { environmentOf, group, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { dueTime } from '../due-time.ts';
import { json, nextStep, say } from '../output.ts';
import { table } from '../table.ts';
import { readCount, readId } from '../values.ts';

/** Characters of a message in the table. */
const SHORT = 60;

interface ListOptions {
  agent?: string;
  max: number;
  json?: boolean;
}

/** `hive reminders list|cancel`: reminders and schedules that are still to come. */
export function remindersCommand(cli: Cli): Command {
  const command = verb('reminders', 'reminders and schedules that are still to come', [
    'hive reminders list',
    'hive reminders cancel 12',
  ]);
  return group(command, [listCommand(cli), cancelCommand(cli)]);
}

function listCommand(cli: Cli): Command {
  return verb('list', 'pending ones, the next one first; inside a container your own', [
    'hive reminders list --agent alice',
  ])
    .option('--agent <name>', 'only this agent’s')
    .option('--max <n>', 'how many at the most', readCount(200), 50)
    .option('--json', 'print the result as JSON')
    .action(async ({ agent, max, ...options }: ListOptions, command: Command) => {
      const { reminders } = await withHive(environmentOf(cli, command), (client) =>
        client.call(methods.remindersList, { max, ...(agent !== undefined && { agent }) }),
      );
      if (options.json) return json(reminders);
      if (reminders.length === 0) return say('(no pending reminders)');
      table(['ID', 'AGENT', 'DUE', 'AGAIN', 'BY', 'MESSAGE'], reminders.map(row));
      nextStep('hive reminders cancel ID');
    });
}

function row({ id, agent, due_at: due, cron, timezone, set_by: by, message }: Reminder): string[] {
  const line = message.split('\n')[0] ?? '';
  const short = line.length > SHORT ? `${line.slice(0, SHORT - 1)}…` : line;
  return [String(id), agent, dueTime(due, timezone), cron ?? '', by, short];
}

function cancelCommand(cli: Cli): Command {
  return verb('cancel', 'cancel a reminder or schedule of your own; the operator may cancel any', [
    'hive reminders cancel 12',
  ])
    .argument('<id>', 'the ID of `hive reminders list`', readId)
    .option('--json', 'print the result as JSON')
    .action(async (id: number, options: { json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      const input = { id, ...keyOf(environment) };
      const was = await withHive(environment, (client) => client.call(methods.reminderCancel, input));
      if (options.json) return json(was);
      say(`reminder ${id} of ${was.agent} is cancelled`);
      nextStep('hive reminders list');
    });
}
