import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withHive } from '../connection.ts';
import { bold, dim, json, nextStep, plain, say } from '../output.ts';
import { ago } from '#src/lib/span.ts';
import { readCount, readId } from '../values.ts';

interface Options {
  agent?: string;
  search?: string;
  thread?: number;
  before?: number;
  max: number;
  json?: boolean;
}

/** Lines of a message that are shown; `--json` has all of it. */
const LINES = 6;

/** `hive messages`: what was said; inside a container what the agent sent and got. */
export function messagesCommand(cli: Cli): Command {
  return verb('messages', 'what was said, newest first; agents see what they sent and got', [
    'hive messages --agent alice',
    'hive messages --search "deploy failed"',
    'hive messages --thread 12 --max 200',
  ])
    .option('--agent <name>', 'only what this agent sent and got')
    .option('--search <words>', 'only messages with all these words, or their beginnings')
    .option('--thread <id>', 'only what was said about this ask', readId)
    .option('--before <id>', 'only messages before this one', readId)
    .option('--max <n>', 'how many at the most', readCount(200), 20)
    .option('--json', 'print {messages, more} as JSON; more = --before the last one may show earlier ones')
    .action(async ({ json: asJson, ...input }: Options, command: Command) => {
      const environment = environmentOf(cli, command);
      const { messages, more } = await withHive(environment, (client) => client.call(methods.messages, input));
      if (asJson) return json({ messages, more });
      messages.forEach(print);
      const oldest = messages.at(-1);
      if (!oldest) return say(emptyState(input, more));
      if (more) nextStep(`there may be more: the same with --before ${oldest.id} shows earlier ones`);
    });
}

function emptyState({ search, before }: Omit<Options, 'json'>, more: boolean): string {
  if (more) return '(nothing found in the time a search has: use more or longer words, or --before, --thread, --agent)';
  if (search !== undefined) return `(nothing holds all of: ${plain(search)})`;
  return before === undefined ? '(no messages)' : '(no earlier messages)';
}

function print(message: FlowMessage): void {
  const about = message.ask === null ? message.kind : `${message.kind} ${message.ask}`;
  const to = message.to === '*' ? 'everybody' : message.to;
  const header = `${about} · message ${message.id} · ${ago(message.sent_at)}${stateOf(message)}`;
  say(`${bold(plain(message.from))} → ${plain(to)} ${dim(`· ${header}`)}`);
  const lines = plain(message.body).split('\n');
  say(lines.slice(0, LINES).join('\n'));
  if (lines.length > LINES) say(dim(`(${lines.length - LINES} more lines)`));
  say();
}

/** Deliveries that did not simply arrive. */
function stateOf({ deliveries }: FlowMessage): string {
  const open = deliveries.filter(({ state }) => state !== 'acked');
  if (open.length === 0) return '';
  const counts = Map.groupBy(open, ({ state }) => state);
  const words = [...counts].map(([state, rows]) => (deliveries.length === 1 ? state : `${rows.length} ${state}`));
  return ` · ${words.join(', ')}`;
}
