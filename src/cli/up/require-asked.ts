import { resolve } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import type { Environment } from '../environment.ts';
import { knownParts } from '../parts.ts';
import type { UpOptions } from './bring-up.ts';
import type { Status } from './start-daemon.ts';

type Asked = Pick<UpOptions, 'port' | 'forgePort' | 'gitea' | 'manager'>;

/** Throws `conflict` when a running hive is not what `asked` says: nothing but a start, or the forge, would make it so. */
export async function requireAsked(environment: Environment, status: Status, asked: Asked): Promise<void> {
  const { port, forgePort, gitea, manager } = asked;
  requirePort('dashboard', status.urls.dashboard, port, '--port');
  requirePort('forge', status.urls.forge, forgePort, '--forge-port');
  const own = gitea && (await knownParts(environment.home)).gitea?.path;
  if (gitea && own !== resolve(gitea))
    throw new HiveError('conflict', `the hive runs with the Gitea ${own}: hive down, then hive up --gitea ${gitea}`);
  const there = status.agents.find((agent) => agent.manager);
  if (manager && there && there.runtime !== manager.runtime)
    throw new HiveError(
      'conflict',
      `${there.name} manages the hive by the runtime ${there.runtime}, and --manager is for the first start: change ${status.urls.forge}/hive/agents/src/branch/main/${there.name}/agent.yaml`,
    );
}

function requirePort(what: string, url: string, asked: number | undefined, option: string): void {
  const port = Number(new URL(url).port);
  if (asked === undefined || asked === 0 || asked === port) return;
  throw new HiveError(
    'conflict',
    `the hive runs with its ${what} on port ${port}, not ${asked}: hive down, then hive up ${option} ${asked}`,
  );
}
