import type { Client } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { judge, type Verdict } from './verdict.ts';
import { watchStory, type StepReport } from './watch-story.ts';

/** Where the demo's hive is, and who hears of its steps. */
export interface Stage {
  base: { forge: string; dashboard: string };
  report: (step: StepReport) => void;
  signal: AbortSignal;
}

/** Where containers see the agents' scripts. */
export const SCRIPTS = '/opt/hive/templates/demo';
const WISH = 'a small program that greets people by name';
const ROLES: Record<string, string> = { alice: 'writes programs', bob: 'reviews them' };

/** Plays the demo's story in a hive that is up and judges it; throws what went wrong first, or the reason of `signal`. */
export async function stage(client: Client, { base, report, signal }: Stage): Promise<Verdict> {
  for (const name of ['alice', 'bob']) {
    const began = performance.now();
    const command = ['bash', `${SCRIPTS}/${name}.sh`];
    const agent = { name, runtime: 'command' as const, command, role: ROLES[name] };
    const added = await client.call(methods.agentsAdd, agent, { signal });
    report({
      step: `${name} joins by a commit to hive/agents`,
      ok: true,
      url: added.url,
      ms: Math.round(performance.now() - began),
    });
  }
  await Promise.all([
    watchStory(client, base, { report, signal }),
    client.call(methods.ask, { to: 'manager', question: WISH, key: 'demo-wish' }, { signal }),
  ]);
  return judge(client, signal);
}
