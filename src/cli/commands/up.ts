import { Option, type Command } from 'commander';
import { runtimeName, type RuntimeName } from '#src/protocol/shapes.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { bold, json, nextStep, say } from '../output.ts';
import { createProgress } from '../progress.ts';
import { bringUp } from '../up/bring-up.ts';
import type { Status } from '../up/start-daemon.ts';
import { readPort } from '../values.ts';

interface Options {
  port?: number;
  forgePort?: number;
  manager?: RuntimeName;
  gitea?: string;
  json?: boolean;
}

/** `hive up`: brings what the host lacks, starts the daemon and waits until forge, agents and dashboard are there. */
export function upCommand(cli: Cli): Command {
  return verb('up', 'start the hive (the first time it also brings what the host lacks)', [
    'hive up',
    'hive up --port 8000 --forge-port 8001',
  ])
    .option('--port <n>', 'port of the dashboard (default 7000; 0 = a free one, remembered)', readPort)
    .option('--forge-port <n>', 'port of the forge (default 7001; 0 = a free one, remembered)', readPort)
    .addOption(
      new Option('--manager <runtime>', 'how the manager thinks when the first start makes it').choices(
        runtimeName.options,
      ),
    )
    .option('--gitea <file>', 'a Gitea of your own, 1.27.3 or newer')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      const { status, started } = await bringUp(environment, {
        progress: createProgress(),
        claude: options.manager !== 'command',
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.forgePort === undefined ? {} : { forgePort: options.forgePort }),
        ...(options.manager ? { manager: { runtime: options.manager } } : {}),
        ...(options.gitea ? { gitea: options.gitea } : {}),
      });
      if (options.json) return json({ started, ...status });
      printUp(status, started);
    });
}

function printUp(status: Status, started: boolean): void {
  say(started ? bold('The hive is up.') : 'The hive is up already.');
  say();
  say(`dashboard  ${status.urls.dashboard}`);
  say(`forge      ${status.urls.forge}`);
  say(`sign in as operator${status.password_file ? `; first password: cat ${status.password_file}` : ''}`);
  say();
  const waiting = status.agents.filter((agent) => agent.state === 'needs_login').map((agent) => agent.name);
  if (waiting.length > 0) nextStep(`${waiting.join(', ')} waits for a model credential: hive login`);
  else nextStep('hive agents add NAME, then hive send NAME "…"');
}
