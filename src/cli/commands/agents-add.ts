import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { agentNameProblem } from '#src/protocol/names.ts';
import { runtimeName, type RuntimeName } from '#src/protocol/shapes.ts';
import { didYouMean, environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { hint } from '../hints.ts';
import { json, nextStep, say } from '../output.ts';
import { ensureClaude } from '../parts.ts';
import { collect } from '../values.ts';

interface Options {
  runtime: RuntimeName;
  model?: string;
  role?: string;
  egress?: string[];
  manager?: boolean;
  promptFile?: string;
  json?: boolean;
}

/** `hive agents add NAME`: commits the agent to `hive/agents` on the forge and brings it up. */
export function addCommand(cli: Cli): Command {
  return verb('add', 'add an agent: a commit to hive/agents on the forge, then a container', [
    'hive agents add alice --role "writes the backend" --egress example.org',
    'hive agents add zoe --runtime command -- /usr/bin/python3 /shared/zoe.py',
  ])
    .allowUnknownOption() // a name with a leading dash is answered with the rule for names
    .argument('<name>', 'a lower-case letter, then lower-case letters, digits or dashes')
    .argument(
      '[command...]',
      'argv of the command runtime; without it each message is printed to its log and counts as handled',
    )
    .addOption(new Option('--runtime <name>', 'what thinks').choices(runtimeName.options).default('claude'))
    .option('--model <name>', 'the model of the claude runtime')
    .option('--role <text>', 'one line on what it is for')
    .option('--egress <host>', 'an outside host it may reach, example.org or *.example.org (repeat it)', collect)
    .option('--manager', 'it manages the hive: messages to manager reach it; one called manager always does')
    .option('--prompt-file <file>', 'its own prompt, prompt.md')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, argv: string[], options: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      const problem = agentNameProblem(name);
      if (problem) throw new HiveError('invalid', problem);
      if (argv[0]?.startsWith('-'))
        command.error(
          `error: unknown option '${argv[0]}'${didYouMean(
            argv[0],
            command.options.map(({ long }) => long ?? ''),
          )}`,
        );
      if (argv.length > 0 && options.runtime !== 'command') {
        throw new HiveError('invalid', `a command belongs to --runtime command, not to ${options.runtime}`);
      }
      if (options.model !== undefined && options.runtime !== 'claude')
        throw new HiveError('invalid', `--model belongs to --runtime claude, not to ${options.runtime}`);
      const prompt = options.promptFile === undefined ? {} : { prompt: await readPrompt(options.promptFile) };
      const input = {
        name,
        runtime: options.runtime,
        egress: options.egress ?? [],
        manager: options.manager ?? false,
        ...(options.model ? { model: options.model } : {}),
        ...(options.role ? { role: options.role } : {}),
        ...(argv.length > 0 ? { command: argv } : {}),
        ...prompt,
      };
      const added = await withOperator(environment, async (client) => {
        const { agents } = await client.call(methods.agentsList, {});
        const refused = agents.some((known) => known.name === name);
        if (options.runtime === 'claude' && !refused) await ensureClaude(environment);
        return client.call(methods.agentsAdd, input);
      });
      if (options.json) return json(added);
      say(`${name}: added by commit ${added.commit.slice(0, 12)}${added.manager ? ', and manages the hive' : ''}`);
      say(added.url);
      if (options.runtime === 'command' && argv.length === 0) say(hint(withoutCommand(name)));
      nextStep(`hive send ${name} "…"`);
    });
}

function withoutCommand(name: string): string {
  return `${name} has no command: each message is printed to its log (hive logs ${name}) and counts as handled. To give it one, add \`command:\` to ${name}/agent.yaml of the repository hive/agents`;
}

async function readPrompt(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new HiveError('invalid', `--prompt-file ${file} cannot be read (${cause.code})`, { cause });
  });
}
