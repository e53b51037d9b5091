import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { hint } from '../hints.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { NotRunningError, withOperator } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { dim, json, nextStep, say } from '../output.ts';
import { requireConfig } from '../up/config-file.ts';

/** `hive doctor`: checks the running hive and says the fix of what is wrong; exit code 1 when something is. */
export function doctorCommand(cli: Cli): Command {
  return verb('doctor', 'check the running hive and say the fix of what is wrong', [
    'hive doctor',
    'hive doctor --json',
  ])
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      const { checks } = await withOperator(environment, (client) => client.call(methods.doctor, {})).catch(
        async (error: unknown) => {
          if (error instanceof NotRunningError) await requireConfig(environment.home);
          throw error;
        },
      );
      if (checks.some((check) => !check.ok)) process.exitCode = EXIT.failed;
      if (options.json) return json(checks);
      for (const check of checks) {
        say(`${check.ok ? '✓' : '✗'} ${check.name}  ${dim(hint(check.detail))}`);
        if (!check.ok && check.fix) nextStep(check.fix);
      }
    });
}
