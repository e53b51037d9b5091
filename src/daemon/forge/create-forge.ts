import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Secrets } from '../secrets.ts';
import { createAccounts } from './accounts.ts';
import type { Forge, ForgeHooks } from './api.ts';
import { createContent } from './content.ts';
import type { GiteaLaunch } from './gitea/launch.ts';
import { openLog } from '#src/lib/rotating-log.ts';
import { refuseTakenPort } from './gitea/port.ts';
import { prepareGitea } from './gitea/prepare.ts';
import { supervise } from './gitea/supervisor.ts';
import { forgeLayout } from './layout.ts';
import { forgePages } from './pages.ts';
import { createStanding } from './standing.ts';
import { startSession } from './start-session.ts';

/** What the forge needs from the rest of the daemon. */
export interface ForgeOptions {
  config: Config;
  secrets: Secrets;
  writer: Writer;
  host: GiteaLaunch['host'];
  /** Host uid of Gitea under root, null when rootless. */
  uid: number | null;
  log: Logger;
  clock: Clock;
  hooks: ForgeHooks;
}

/** Starts the bundled forge; it comes up in the background (`ready`), and ends when it is disposed. */
export async function createForge(options: ForgeOptions): Promise<Forge> {
  const { config, secrets, writer, host, uid, log, clock } = options;
  const url = `http://127.0.0.1:${config.forge_port}`;
  const layout = forgeLayout(config, secrets);
  const launch: GiteaLaunch = { host, binary: config.parts.gitea, layout, uid };
  const standing = createStanding(({ state, detail }) => {
    writer
      .write('forge', (tx) => tx.emit({ type: 'forge.changed', state, detail }))
      .catch((err: unknown) => log.error({ err }, 'forge state is not recorded'));
  });
  const accounts = createAccounts(standing.session);
  const content = createContent({ layout, url, clock, log, session: standing.session });
  const output = await openLog(layout.log);
  const stop = new AbortController();
  const settings = {
    port: config.forge_port,
    hiveId: config.hiveId,
    hookProxy: 'http://127.0.0.42:1',
    dashboard: `http://localhost:${config.port}`,
  };
  const running = supervise(
    {
      launch,
      url,
      clock,
      log,
      output,
      prepare: async () => {
        await refuseTakenPort(config.forge_port, clock, stop.signal);
        return prepareGitea(launch, settings);
      },
      whenUp: async () => {
        const session = await startSession({ launch, url, secrets, clock });
        for (const [id, name] of session.operators) accounts.met(id, name);
        standing.opened(session);
      },
      changed: standing.changed,
    },
    stop.signal,
  );
  return {
    state: standing.state,
    url: () => url,
    ready: standing.ready,
    ensureAgent: accounts.ensureAgent,
    removeAgent: accounts.removeAgent,
    credential: accounts.credential,
    ...content,
    pages: forgePages(url),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      output.end();
    },
  } as Forge;
}
