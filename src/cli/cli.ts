import { Command } from 'commander';
import { hint } from './hints.ts';
import { readEnvironment, type Environment } from './environment.ts';

/** What every command shares. */
export interface Cli {
  env: NodeJS.ProcessEnv;
}

/** Options that every command has. */
export interface GlobalOptions {
  home?: string;
}

/** The environment of one run of `command`. */
export function environmentOf(cli: Cli, command: Command): Environment {
  return readEnvironment(cli.env, command.optsWithGlobals<GlobalOptions>().home);
}

/** `command` as every one is: wrong arguments print its help and exit 2, and its texts name commands as the user types them. */
export function withHints(command: Command): Command {
  return command
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => void process.stdout.write(hint(text)),
      writeErr: (text) => void process.stderr.write(hint(text)),
    });
}

/** A command whose wrong arguments print its usage and exit 2, with examples under its help. */
export function verb(name: string, summary: string, examples: string[]): Command {
  const command = withHints(new Command(name)).description(summary);
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
  return command;
}
