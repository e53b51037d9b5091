import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { json, nextStep, plain, say } from '../output.ts';
import { readId, readText } from '../values.ts';

/** `hive answer ID TEXT`: answers an ask; the first answer wins. Exit code 4 when somebody else was first. */
export function answerCommand(cli: Cli): Command {
  return verb('answer', 'answer an ask', ['hive answer 12 "yes, deploy"'])
    .argument('<id>', 'the ask', readId)
    .argument('<text>', 'the answer; - reads it from standard input')
    .option('--json', 'print the result as JSON')
    .action(async (id: number, text: string, options: { json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      const input = { id, text: await readText(text), ...keyOf(environment) };
      const result = await withHive(environment, (client) => client.call(methods.answer, input));
      if (!result.accepted) process.exitCode = EXIT.refused;
      if (options.json) return json(result);
      if (result.accepted) {
        say(`ask ${id}: answered`);
        if (result.note) say(result.note);
        return nextStep(`hive threads show ${id}`);
      }
      say(
        `ask ${id} is ${result.state} already${result.answered_by ? ` by ${result.answered_by}: ${plain(result.answer ?? '')}` : ''}`,
      );
    });
}
