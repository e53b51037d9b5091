import type { Command } from 'commander';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { json, nextStep, say } from '../output.ts';
import { readSpan, readText } from '../values.ts';

interface Options {
  to?: string;
  option?: string[];
  multi?: boolean;
  deadline?: number;
  json?: boolean;
}

/** `hive ask QUESTION`: opens an ask, which is also an issue on the forge. */
export function askCommand(cli: Cli): Command {
  return verb('ask', 'ask a question that stays open until it is answered', [
    'hive ask --to alice "which branch is the release?"',
    'hive ask --to alice "deploy now?" --option yes --option no --deadline 2h',
  ])
    .argument('<question>', 'the question; - reads it from standard input')
    .option('--to <name>', 'an agent or operator (the operator must name one; agents ask operator)')
    .option('--option <text>', 'a suggested answer (repeat it)', (value: string, before?: string[]) => [
      ...(before ?? []),
      value,
    ])
    .option('--multi', 'several options may be chosen')
    .option('--deadline <span>', 'after this long nobody answered, like 2h', readSpan(1))
    .option('--json', 'print the result as JSON')
    .action(async (question: string, options: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      const to = options.to ?? 'operator';
      if (!environment.agentSocket && to === 'operator') throw new HiveError('invalid', 'whom? add --to NAME');
      const input = {
        to,
        question: await readText(question),
        multi: options.multi ?? false,
        ...(options.option ? { options: options.option } : {}),
        ...(options.deadline === undefined ? {} : { deadline_seconds: options.deadline }),
        ...keyOf(environment),
      };
      const asked = await withHive(environment, (client) => client.call(methods.ask, input));
      if (options.json) return json(asked);
      say(`ask ${asked.id} to ${to}: ${asked.thread}`);
      if (asked.note) say(asked.note);
      nextStep(`the answer arrives as a message; hive threads show ${asked.id}`);
    });
}
