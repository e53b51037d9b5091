import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { agentsCommand } from './commands/agents.ts';
import { answerCommand } from './commands/answer.ts';
import { askCommand } from './commands/ask.ts';
import { daemonCommand } from './commands/daemon.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { inboxCommand } from './commands/inbox.ts';
import { loginCommand } from './commands/login.ts';
import { logsCommand } from './commands/logs.ts';
import { recvCommand } from './commands/recv.ts';
import { remindCommand } from './commands/remind.ts';
import { sendCommand } from './commands/send.ts';
import { shareCommand } from './commands/share.ts';
import { statusCommand } from './commands/status.ts';
import { testCommand } from './commands/test.ts';
import { threadsCommand } from './commands/threads.ts';
import { turnCommand } from './commands/turn.ts';
import { upCommand } from './commands/up.ts';
import { versionCommand } from './commands/version.ts';
import { whoamiCommand } from './commands/whoami.ts';

/** Every verb of the command line, in the order in which help lists them. */
const COMMANDS = [
  upCommand,
  downCommand,
  demoCommand,
  statusCommand,
  logsCommand,
  agentsCommand,
  sendCommand,
  inboxCommand,
  recvCommand,
  askCommand,
  answerCommand,
  threadsCommand,
  remindCommand,
  whoamiCommand,
  turnCommand,
  shareCommand,
  loginCommand,
  doctorCommand,
  testCommand,
  versionCommand,
  daemonCommand,
];

/** Builds the `hive` command. */
export function createProgram(env: NodeJS.ProcessEnv): Command {
  const cli: Cli = { env };
  const program = new Command('hive')
    .description('A self-hosted hive of coding agents whose shared space is a real Git forge.')
    .option('--home <dir>', 'the hive’s home (else HIVE_HOME, else the default of this user)')
    .exitOverride()
    .showHelpAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nStart with:\n  $ hive up\n  $ hive demo\n\nExit codes: 0 ok, 1 failed, 2 usage, 3 not running, 4 refused.',
    );
  for (const command of COMMANDS) program.addCommand(command(cli), { hidden: command === daemonCommand });
  return program;
}
