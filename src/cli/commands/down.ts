import type { Command } from 'commander';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { nextStep, say } from '../output.ts';
import { takeDown } from '../up/take-down.ts';

/** `hive down`: ends containers, forge, dashboard and daemon, or the containers that a dead daemon left; everything stored stays unless `--purge`. */
export function downCommand(cli: Cli): Command {
  return verb('down', 'end the hive; everything stored stays', ['hive down', 'hive down --purge'])
    .option('--purge', 'also delete the home: database, forge, agents’ files, secrets')
    .option('--keep-containers', 'leave agents’ containers running; the next up adopts them')
    .action(async (options: { purge?: boolean; keepContainers?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      await takeDown(environment, { purge: options.purge ?? false, containers: !options.keepContainers });
      say(options.purge ? `the hive is down and ${environment.home} is deleted` : 'the hive is down');
      nextStep(options.purge ? 'hive up makes a new one' : 'hive up starts it again');
    });
}
