import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { logLine } from '../log-line.ts';
import { dim, plain, say } from '../output.ts';
import { readCount } from '../values.ts';

interface Options {
  lines: number;
  follow?: boolean;
  json?: boolean;
}

/** `hive logs [AGENT]`: the daemon's log, or what an agent's container printed; `daemon`, `forge` and `web` name the hive's own. */
export function logsCommand(cli: Cli): Command {
  return verb('logs', 'show the log of the daemon, the forge, the web process or an agent', [
    'hive logs -f',
    'hive logs alice --lines 50',
    'hive logs --json | jq .err',
  ])
    .argument('[of]', 'daemon, forge, web or an agent', 'daemon')
    .option('-n, --lines <n>', 'how many lines', readCount(500), 100)
    .option('-f, --follow', 'go on with new lines')
    .option('--json', 'print the lines as they were written: mostly JSON, with all fields and the stacks of errors')
    .action(async (of: string, options: Options, command: Command) => {
      const print = (line: string): void => say(options.json ? plain(line) : logLine(line));
      await withOperator(environmentOf(cli, command), async (client) => {
        if (!options.follow) {
          const got = await client.call(methods.logs, { of, lines: options.lines });
          got.lines.forEach(print);
          return options.json ? undefined : say(dim(got.file));
        }
        const stream = await client.stream(methods.logs, { of, lines: options.lines, follow: true }, (event) =>
          print(event.line),
        );
        stream.answer.lines.forEach(print);
        await stream.ended;
      });
    });
}
