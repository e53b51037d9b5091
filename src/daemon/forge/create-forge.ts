import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { openLog } from '#src/lib/rotating-log.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Secrets } from '../secrets.ts';
import { createAccounts } from './accounts.ts';
import type { Forge, ForgeHooks, ForgeState } from './api.ts';
import { catchUpHeads } from './catch-up.ts';
import { findPullOf, listReviewers } from './client/pulls.ts';
import { createContent } from './content.ts';
import type { GiteaLaunch } from './gitea/launch.ts';
import { refuseTakenPort } from './gitea/port.ts';
import { prepareGitea } from './gitea/prepare.ts';
import { supervise } from './gitea/supervisor.ts';
import { forgeLayout } from './layout.ts';
import { forgePages } from './pages.ts';
import { createPeople } from './people.ts';
import { OPERATOR } from './seed/people.ts';
import { ensureConsent } from './sign-in/ensure-consent.ts';
import { createSignIn } from './sign-in/sign-in.ts';
import { createStanding } from './standing.ts';
import type { Standing } from './standing.ts';
import { startSession } from './start-session.ts';
import { createThreads } from './threads/threads.ts';
import type { Threads } from './threads/threads.ts';
import { createReactions } from './webhook/react.ts';
import type { Reactions } from './webhook/react.ts';
import { startReceiver } from './webhook/receiver.ts';

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

/** The forge's parts and where things are. */
interface Assembly {
  url: string;
  dashboard: string;
  redirectUri: string;
  launch: GiteaLaunch;
  standing: Standing;
  people: ReturnType<typeof createPeople>;
  threads: Threads;
  reactions: Reactions;
}

/** Starts the bundled forge; it comes up in the background (`ready`), and ends when it is disposed. */
export async function createForge(options: ForgeOptions): Promise<Forge> {
  const { config, secrets, clock, log } = options;
  const parts = assemble(options);
  const { url, standing, launch, threads, reactions, redirectUri, people } = parts;
  const output = await openLog(launch.layout.log);
  const receiver = await startReceiver(secrets.hookSecret, reactions.take);
  const settings = {
    port: config.forge_port,
    hiveId: config.hiveId,
    hookProxy: receiver.proxy,
    dashboard: parts.dashboard,
  };
  const stop = new AbortController();
  const prepare = async (): Promise<string> => {
    await refuseTakenPort(config.forge_port, clock, stop.signal);
    return prepareGitea(launch, settings);
  };
  const whenUp = (): Promise<void> => comeUp(options, parts);
  const changed = (state: ForgeState, final?: boolean): void => {
    standing.changed(state, final);
    if (state.state === 'up') threads.outbox.drain();
  };
  const running = supervise({ launch, url, clock, log, output, prepare, whenUp, changed }, stop.signal);
  return {
    state: standing.state,
    url: () => url,
    ready: standing.ready,
    ...createAccounts(standing.session, people),
    ...createContent({ layout: launch.layout, url, clock, log, session: standing.session }),
    ...createSignIn({ clock, redirectUri, session: standing.session }),
    drainOutbox: threads.outbox.drain,
    pages: forgePages(url),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await threads.outbox.stop();
      await running;
      await receiver[Symbol.asyncDispose]();
      await reactions.settle();
      output.end();
    },
  };
}

function assemble({ config, secrets, writer, host, uid, log, clock, hooks }: ForgeOptions): Assembly {
  const dashboard = `http://localhost:${config.port}`;
  const layout = forgeLayout(config, secrets);
  const standing = createStanding(({ state, detail }) => {
    const noted = writer.write('forge', (tx) => tx.emit({ type: 'forge.changed', state, detail }));
    noted.catch((err: unknown) => log.error({ err }, 'forge state is not told'));
  });
  const { session } = standing;
  const people = createPeople(writer);
  const shared = { writer, clock, log, people, hooks };
  const where = { secret: secrets.hookSecret, templates: layout.templates, dashboard };
  const threads = createThreads({ ...shared, ...where, session });
  const lookups = {
    reviewers: async (repository: string, number: number) => listReviewers((await session()).gitea, repository, number),
    pullOf: async (repository: string, commit: string) => findPullOf((await session()).gitea, repository, commit),
  };
  return {
    url: `http://127.0.0.1:${config.forge_port}`,
    dashboard,
    redirectUri: `${dashboard}/auth/callback`,
    launch: { host, binary: config.parts.gitea, layout, uid },
    standing,
    people,
    threads,
    reactions: createReactions({ ...shared, incoming: threads.incoming, lookups }),
  };
}

/** Everything between a Gitea that answers and a forge that is up. */
async function comeUp({ secrets, clock, writer, log }: ForgeOptions, parts: Assembly): Promise<void> {
  const { launch, url, redirectUri, people, reactions, threads, standing } = parts;
  const session = await startSession({ launch, url, secrets, clock, redirectUri });
  people.metOperators(session.operators);
  const person = { username: OPERATOR, password: secrets.operatorPassword };
  await ensureConsent({ url, redirectUri, clientId: session.application.clientId, ...person }, writer, log);
  await catchUpHeads(session, writer, reactions.moved);
  await threads.reconcile(session);
  standing.opened(session);
}
