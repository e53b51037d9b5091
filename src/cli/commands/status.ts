import type { Command } from 'commander';
import { forgeWords } from '#src/protocol/forge-words.ts';
import type { Output } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { printAgents } from '../agent-table.ts';
import { hint } from '../hints.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withOperator } from '../connection.ts';
import { bold, dim, json, nextStep, say } from '../output.ts';
import { plural } from '#src/lib/plural.ts';
import { ago } from '#src/lib/span.ts';

type Status = Output<(typeof methods)['status']>;

/** `hive status`: is everybody all right, does anything need me? */
export function statusCommand(cli: Cli): Command {
  return verb('status', 'is everybody all right, does anything need me?', ['hive status', 'hive status --json'])
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const status = await withOperator(environmentOf(cli, command), (client) => client.call(methods.status, {}));
      if (options.json) return json(status);
      printStatus(status);
    });
}

function printStatus(status: Status): void {
  say(
    `${bold('hive')} ${status.home} ${dim(`up since ${ago(status.started_at)} · pid ${status.pid} · ${status.release}`)}`,
  );
  say(`dashboard  ${status.urls.dashboard}${status.web.state === 'up' ? '' : `  (${status.web.detail})`}`);
  say(`forge      ${status.urls.forge}  ${dim(forgeWords(status.forge))}`);
  say();
  if (status.agents.length === 0) say('(no agents)');
  else printAgents(status.agents);
  say();
  const { open_asks, unread, dead, queued, parked } = status.counts;
  say(`${plural(open_asks, 'open ask')} · ${unread} unread · ${queued} queued · ${plural(dead, 'dead letter')}`);
  if (!status.disk_ok) say(hint('the disk is full: nothing new is stored (hive doctor says what to do)'));
  for (const alert of status.alerts) say(bold(hint(`✗ ${alert}`)));
  for (const limit of status.limits) say(dim(`not enforced here: ${limit}`));
  const held = `${plural(parked, 'pair')} of agents parked: their messages are held (hive parked list)`;
  if (parked > 0) say(bold(hint(held)));
  if (open_asks > 0) nextStep('hive threads list --state open');
  else if (unread > 0) nextStep('hive inbox');
  else nextStep('hive send AGENT "…"');
}
