import { Option, type Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { HiveError } from '#src/lib/errors.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { dueTime } from '../due-time.ts';
import { json, nextStep, say } from '../output.ts';
import { readSpan, readText } from '../values.ts';

interface Options {
  in?: number;
  at?: string;
  cron?: string;
  zone?: string;
  agent?: string;
  json?: boolean;
}

/** `hive remind MESSAGE --in SPAN | --at TIME | --cron FIELDS`: a message to oneself, or from the operator to an agent, later or again and again. */
export function remindCommand(cli: Cli): Command {
  return verb('remind', 'send a message later, once or again and again', [
    'hive remind "check the nightly build" --in 8h --agent alice',
    'hive remind "look again" --in 10m',
    'hive remind "the release is due" --at 2026-12-01T09:00 --zone Europe/Berlin',
    'hive remind "write the weekly report" --cron "0 9 * * 1"',
  ])
    .argument('<message>', 'the text; - reads it from standard input')
    .addOption(new Option('--in <span>', 'how long from now, like 90s, 10m, 2h').argParser(readSpan()))
    .addOption(new Option('--at <time>', 'when, like 2026-12-01T09:00 or with an offset').conflicts(['in', 'cron']))
    .addOption(new Option('--cron <fields>', 'again and again: minute hour day month weekday').conflicts(['in', 'at']))
    .addOption(
      new Option('--zone <name>', 'time zone of --at and --cron, like Europe/Berlin (else the host’s)').conflicts('in'),
    )
    .option('--agent <name>', 'whom to remind (the operator must name one)')
    .option('--json', 'print the result as JSON')
    .action(async (message: string, options: Options, command: Command) => {
      if (options.in === undefined && options.at === undefined && options.cron === undefined)
        command.error('say when: --in 10m, --at 2026-12-01T09:00 or --cron "0 9 * * 1-5"');
      const environment = environmentOf(cli, command);
      if (!environment.agentSocket && !options.agent) throw new HiveError('invalid', 'whom? add --agent NAME');
      const input = { message: await readText(message), ...whenOf(options), ...keyOf(environment) };
      const set = await withHive(environment, (client) => client.call(methods.remind, input));
      if (options.json) return json(set);
      const again = set.cron === null ? '' : `, then by "${set.cron}"`;
      say(`reminder ${set.id}: due ${dueTime(set.due_at, set.timezone ?? options.zone)}${again}`);
      nextStep(`hive reminders list, hive reminders cancel ${set.id}`);
    });
}

function whenOf({ in: delay, at, cron, zone, agent }: Options): object {
  return {
    ...(delay !== undefined && { delay_seconds: delay }),
    ...(at !== undefined && { at }),
    ...(cron !== undefined && { cron }),
    ...(zone !== undefined && { timezone: zone }),
    ...(agent !== undefined && { agent }),
  };
}
