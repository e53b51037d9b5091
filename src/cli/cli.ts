import { Command } from 'commander';
import { nearest } from '#src/lib/nearest.ts';
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

/** A command with verbs of its own; the first is meant when none is named, and a word that is none is told with the nearest one. */
export function group(command: Command, verbs: [Command, ...Command[]]): Command {
  const [usual] = verbs;
  for (const sub of verbs) command.addCommand(sub, { isDefault: sub === usual });
  return command.hook('preSubcommand', (_group, called) => {
    const [word] = command.args;
    if (called === usual && word !== undefined && word !== usual.name() && !word.startsWith('-'))
      unknownVerb(command, word);
  });
}

/** Ends with the verb that was meant: one that is written nearly so, or else what groups of verbs have by this name, or options that do. */
export function unknownVerb(command: Command, word: string): never {
  const { commands } = command;
  const near = nearest(
    word,
    commands.map((known) => known.name()),
  );
  const deeper = commands.flatMap((known) =>
    known.commands.filter((verb) => verb.name() === word).map((verb) => `${known.name()} ${verb.name()}`),
  );
  const options = commands.filter((known) => known.options.some(({ long }) => long === `--${word}`));
  const meant = near ? [near] : deeper.length > 0 ? deeper : options.map((known) => `${known.name()} --${word}`);
  command.error(`error: unknown command '${word}'${meant.length > 0 ? guess(meant.join(', ')) : ''}`);
}

/** A guess on a line of its own, or nothing. */
export function didYouMean(word: string, known: string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : guess(near);
}

function guess(meant: string): string {
  return `\n(Did you mean ${meant}?)`;
}
