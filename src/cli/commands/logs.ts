import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import type { Environment } from '../environment.ts';
import { withOperator } from '../connection.ts';
import { logLine } from '../log-line.ts';
import { dim, plain, say } from '../output.ts';
import { readCount } from '../values.ts';

/** As many as the daemon gives at once. */
const MOST_LINES = 500;

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
    .option('-n, --lines <n>', 'how many lines', readCount(MOST_LINES), 100)
    .option('-f, --follow', 'go on with new lines')
    .option('--json', 'print the lines as they were written: mostly JSON, with all fields and the stacks of errors')
    .action(async (of: string, options: Options, command: Command) => {
      const print = (line: string): void => say(options.json ? plain(line) : logLine(line));
      const environment = environmentOf(cli, command);
      if (options.follow) return await follow(environment, { of, lines: options.lines, print });
      const got = await withOperator(environment, (client) => client.call(methods.logs, { of, lines: options.lines }));
      got.lines.forEach(print);
      if (!options.json) say(dim(got.file));
    });
}

interface Following {
  of: string;
  lines: number;
  print(line: string): void;
}

/** Goes on over restarts of the daemon, with the first line that it did not print. Throws when no daemon comes back. */
async function follow(environment: Environment, { of, lines, print }: Following): Promise<never> {
  let last: string | undefined;
  const take = (line: string): void => print((last = line));
  for (;;) {
    await withOperator(environment, async (client) => {
      const wanted = last === undefined ? lines : MOST_LINES;
      const stream = await client.stream(methods.logs, { of, lines: wanted, follow: true }, (event) =>
        take(event.line),
      );
      const known = last === undefined ? -1 : stream.answer.lines.lastIndexOf(last);
      stream.answer.lines.slice(known + 1).forEach(take);
      await stream.ended;
    });
    process.stderr.write('hive: the connection to the daemon ended: connecting again\n');
  }
}
