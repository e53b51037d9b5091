import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { execa } from 'execa';
import type { Command } from 'commander';
import { HiveError } from '#src/lib/errors.ts';
import { verb, type Cli } from '../cli.ts';
import { INSTALL } from '../install.ts';

/** `hive test [NAME…]`: checks and tests of this checkout; the last line counts them. */
export function testCommand(cli: Cli): Command {
  return verb('test', 'run the checks and tests of this checkout', [
    'hive test',
    'hive test check',
    'hive test scenarios',
    'hive test forge-outbox',
  ])
    .argument('[name...]', 'check, unit, integration, scenarios, browser, or part of a test file’s name')
    .action(async (names: string[]) => {
      const runner = resolve(INSTALL, 'test/run.ts');
      if (!existsSync(runner))
        throw new HiveError('not_found', `this installation has no tests (${runner}): use a checkout of the project`);
      const { HIVE_HOME: _home, HIVE_SOCKET: _socket, HIVE_COMMAND: _command, ...env } = cli.env;
      const child = await execa(process.execPath, [runner, ...names], {
        cwd: INSTALL,
        stdio: 'inherit',
        reject: false,
        env,
        extendEnv: false,
      });
      process.exitCode = child.exitCode ?? 1;
    });
}
