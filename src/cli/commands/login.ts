import { isCancel, password, select } from '@clack/prompts';
import { Option, type Command } from 'commander';
import { text } from 'node:stream/consumers';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { nextStep, say } from '../output.ts';

type Kind = 'api_key' | 'oauth_token';

/** `hive login`: stores a model key or a long-lived Claude token, from standard input or a prompt and never from an argument. */
export function loginCommand(cli: Cli): Command {
  return verb('login', 'store the model credential that agents work with', [
    'hive login',
    'hive login --kind oauth_token < token.txt',
  ])
    .addOption(new Option('--kind <kind>', 'what it is (else told from its form)').choices(['api_key', 'oauth_token']))
    .action(async (options: { kind?: Kind }, command: Command) => {
      await withOperator(environmentOf(cli, command), async (client) => {
        const value = (process.stdin.isTTY ? await promptForValue() : await text(process.stdin)).trim();
        if (!value)
          throw new HiveError('invalid', 'nothing was given: pass the key on standard input or type it at the prompt');
        const kind = options.kind ?? kindOf(value) ?? (await promptForKind());
        await client.call(methods.loginSet, { provider: 'anthropic', kind, value });
        say(
          `stored: ${kind === 'api_key' ? 'an API key' : 'a long-lived token'} for anthropic, sealed with the hive’s key`,
        );
        nextStep('agents that waited for it go on: hive status');
      });
    });
}

/** Anthropic's own prefixes: `sk-ant-oat…` is a long-lived token, other `sk-ant-…` are API keys. */
function kindOf(value: string): Kind | undefined {
  if (value.startsWith('sk-ant-oat')) return 'oauth_token';
  return value.startsWith('sk-ant-') ? 'api_key' : undefined;
}

async function promptForValue(): Promise<string> {
  const value = await password({ message: 'Anthropic API key, or a token of `claude setup-token`' });
  if (isCancel(value)) throw new HiveError('invalid', 'cancelled: nothing was stored');
  return value;
}

async function promptForKind(): Promise<Kind> {
  if (!process.stdin.isTTY)
    throw new HiveError(
      'invalid',
      'the form of the value does not tell what it is: add --kind api_key or --kind oauth_token',
    );
  const kind = await select<Kind>({
    message: 'What is it?',
    options: [
      { value: 'api_key', label: 'an API key' },
      { value: 'oauth_token', label: 'a long-lived token' },
    ],
  });
  if (isCancel(kind)) throw new HiveError('invalid', 'cancelled: nothing was stored');
  return kind;
}
