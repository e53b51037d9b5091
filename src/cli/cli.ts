import { Command } from 'commander';
import { readEnvironment, type Environment } from './environment.ts';

/** What every command shares. */
export interface Cli {
  env: NodeJS.ProcessEnv;
}

/** Options that every command has. */
interface GlobalOptions {
  home?: string;
}

/** The environment of one run of `command`. */
export function environmentOf(cli: Cli, command: Command): Environment {
  return readEnvironment(cli.env, command.optsWithGlobals<GlobalOptions>().home);
}

/** A command whose wrong arguments print its usage and exit 2, with examples under its help. */
export function verb(name: string, summary: string, examples: string[]): Command {
  const command = new Command(name).description(summary).exitOverride().showHelpAfterError();
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
  return command;
}
