import { Command } from 'commander';
import { unknownVerb, verb, withHints, type Cli, type GlobalOptions } from './cli.ts';
import { nameCommand, nameHome } from './hints.ts';
import { release } from './install.ts';

type MakeCommand = (cli: Cli) => Command;

/** Every verb of the command line, in the order in which help lists them; a module is loaded when its verb is called. */
const COMMANDS: Record<string, () => Promise<MakeCommand>> = {
  up: async () => (await import('./commands/up.ts')).upCommand,
  down: async () => (await import('./commands/down.ts')).downCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  logs: async () => (await import('./commands/logs.ts')).logsCommand,
  agents: async () => (await import('./commands/agents.ts')).agentsCommand,
  send: async () => (await import('./commands/send.ts')).sendCommand,
  inbox: async () => (await import('./commands/inbox.ts')).inboxCommand,
  recv: async () => (await import('./commands/recv.ts')).recvCommand,
  ask: async () => (await import('./commands/ask.ts')).askCommand,
  answer: async () => (await import('./commands/answer.ts')).answerCommand,
  threads: async () => (await import('./commands/threads.ts')).threadsCommand,
  messages: async () => (await import('./commands/messages.ts')).messagesCommand,
  dead: async () => (await import('./commands/dead.ts')).deadCommand,
  parked: async () => (await import('./commands/parked.ts')).parkedCommand,
  remind: async () => (await import('./commands/remind.ts')).remindCommand,
  reminders: async () => (await import('./commands/reminders.ts')).remindersCommand,
  whoami: async () => (await import('./commands/whoami.ts')).whoamiCommand,
  turn: async () => (await import('./commands/turn.ts')).turnCommand,
  share: async () => (await import('./commands/share.ts')).shareCommand,
  login: async () => (await import('./commands/login.ts')).loginCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  test: async () => (await import('./commands/test.ts')).testCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
  daemon: async () => (await import('./commands/daemon.ts')).daemonCommand,
};

/** Verbs for programs, which help does not list. */
const HIDDEN = ['daemon'];

/** Builds the `hive` command for `argv` (without node and script): with the called verb alone, or with all of them for help and mistakes. */
export async function createProgram(env: NodeJS.ProcessEnv, argv: string[]): Promise<Command> {
  const verbs = Object.keys(COMMANDS);
  const shown = verbs.filter((name) => !HIDDEN.includes(name));
  const name = nameCommand(env['HIVE_COMMAND'], [...shown, 'help']);
  const program = withHints(new Command(name))
    .description('A self-hosted hive of coding agents whose shared space is a real Git forge.')
    .version(release(), '-V, --version', 'print the version of hive')
    .option('--home <dir>', 'the hive’s home (else HIVE_HOME, else the default of this user)')
    .hook('preAction', (_program, command) => {
      const { home } = command.optsWithGlobals<GlobalOptions>();
      if (home !== undefined) nameHome(home);
    })
    .showHelpAfterError(`\nUsage: ${name} [options] [command]; hive help lists the commands`)
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nStart with:\n  $ hive up\n  $ hive demo\n\nExit codes: 0 ok, 1 failed, 2 usage, 3 not running, 4 refused, 130 interrupted.',
    );
  const called = argv[argv[0] === '--home' ? 2 : 0];
  const names = called !== undefined && Object.hasOwn(COMMANDS, called) ? [called] : verbs;
  const made = await Promise.all(names.map(async (name) => (await COMMANDS[name]!())({ env })));
  for (const command of made) program.addCommand(command, { hidden: HIDDEN.includes(command.name()) });
  program.on('command:*', ([word = '']: string[]) => unknownVerb(program, word));
  return program.addCommand(helpCommand(program));
}

/** `hive help [VERB…]`: the help of a command, as `--help` shows it. */
function helpCommand(program: Command): Command {
  return verb('help', 'display help for command', [])
    .argument('[command...]', 'a command, and one of its own')
    .action((names: string[]) => {
      let command = program;
      for (const name of names)
        command = command.commands.find((known) => known.name() === name) ?? unknownVerb(command, name);
      command.outputHelp();
    });
}
