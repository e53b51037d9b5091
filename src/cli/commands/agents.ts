import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { printAgents } from '../agent-table.ts';
import { environmentOf, group, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { json, nextStep, say } from '../output.ts';
import { addCommand } from './agents-add.ts';
import { execCommand } from './agents-exec.ts';

/** `hive agents …`: who there is, and their life. */
export function agentsCommand(cli: Cli): Command {
  const command = verb('agents', 'who there is, and their life', [
    'hive agents list',
    'hive agents add alice --role "backend"',
    'hive agents exec alice -- git --version',
  ]);
  const changes = CHANGES.map((change) => changeCommand(cli, change));
  return group(command, [listCommand(cli), addCommand(cli), removeCommand(cli), execCommand(cli), ...changes]);
}

function listCommand(cli: Cli): Command {
  return verb('list', 'every agent with its state', [])
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { agents } = await withOperator(environmentOf(cli, command), (client) =>
        client.call(methods.agentsList, {}),
      );
      if (options.json) return json(agents);
      if (agents.length === 0) return say('(no agents)');
      printAgents(agents);
      nextStep('hive agents add NAME');
    });
}

interface RemoveOptions {
  purge?: boolean;
  force?: boolean;
  json?: boolean;
}

function removeCommand(cli: Cli): Command {
  return verb('remove', 'remove an agent; its waiting messages become dead letters', [
    'hive agents remove zoe',
    'hive agents remove zoe --purge',
  ])
    .argument('<name>', 'the agent')
    .option('--purge', 'also delete its files, its forge account and its repositories')
    .option('--force', 'also the manager, whom messages to manager reach')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: RemoveOptions, command: Command) => {
      const input = { name, purge: options.purge ?? false, force: options.force ?? false };
      const removed = await withOperator(environmentOf(cli, command), (client) =>
        client.call(methods.agentsRemove, input),
      );
      if (options.json) return json(removed);
      say(`${name}: removed by commit ${removed.commit.slice(0, 12)}`);
      if (!options.purge) nextStep('its files and its forge account are kept; add it again to get them back');
    });
}

type Operator = Parameters<Parameters<typeof withOperator>[1]>[0];

/** Verbs that change one agent and answer nothing. */
const CHANGES: {
  name: string;
  summary: string;
  done: string;
  next: string;
  call: (client: Operator, name: string) => Promise<unknown>;
}[] = [
  {
    name: 'start',
    summary: 'start a stopped agent',
    done: 'started',
    next: 'hive agents list',
    call: (client, name) => client.call(methods.start, { scope: { agent_names: [name] } }),
  },
  {
    name: 'stop',
    summary: 'end an agent’s container; its mail waits',
    done: 'stopped',
    next: 'hive agents start NAME',
    call: (client, name) => client.call(methods.stop, { scope: { agent_names: [name] }, graceful: true }),
  },
  {
    name: 'restart',
    summary: 'give an agent a new container',
    done: 'restarted',
    next: 'hive agents list',
    call: (client, name) => client.call(methods.restart, { name }),
  },
  {
    name: 'pause',
    summary: 'start no further turn; mail waits',
    done: 'paused',
    next: 'hive agents resume NAME',
    call: (client, name) => client.call(methods.setPaused, { name, paused: true }),
  },
  {
    name: 'resume',
    summary: 'let a paused agent work again',
    done: 'resumed',
    next: 'hive status',
    call: (client, name) => client.call(methods.setPaused, { name, paused: false }),
  },
];

function changeCommand(cli: Cli, change: (typeof CHANGES)[number]): Command {
  return verb(change.name, change.summary, [])
    .argument('<name>', 'the agent')
    .action(async (name: string, _options: object, command: Command) => {
      await withOperator(environmentOf(cli, command), (client) => change.call(client, name));
      say(`${name}: ${change.done}`);
      nextStep(change.next.replace('NAME', name));
    });
}
