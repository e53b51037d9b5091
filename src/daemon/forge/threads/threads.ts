import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Writer } from '../../db/api.ts';
import type { ForgeHooks } from '../api.ts';
import type { IssuePlace } from '../client/issues.ts';
import { THREADS } from '../pages.ts';
import type { People } from '../people.ts';
import type { ForgeSession } from '../session.ts';
import { createIncoming } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { reconcileThreads } from './reconcile.ts';
import { threadTexts } from './texts.ts';

/** What {@link createThreads} needs. */
export interface ThreadsOptions {
  writer: Writer;
  clock: Clock;
  log: Logger;
  people: People;
  hooks: ForgeHooks;
  secret: string;
  /** `templates/forge/`. */
  templates: string;
  /** Base of links into the hive. */
  dashboard: string;
  session(): Promise<ForgeSession>;
}

/** Asks and their issues, both ways. */
export interface Threads {
  outbox: Outbox;
  incoming: Incoming;
  /** After each start of the forge: what webhooks missed. */
  reconcile(session: ForgeSession): Promise<void>;
}

/** Builds it. */
export function createThreads(options: ThreadsOptions): Threads {
  const { secret, session, writer, clock } = options;
  const texts = threadTexts(options.templates, options.dashboard);
  const incoming = createIncoming({ ...options, place: async () => placeOf(await session()) });
  const tools = async () => {
    const open = await session();
    return { place: placeOf(open), secret, texts, labels: open.threadLabels };
  };
  return {
    incoming,
    outbox: createOutbox({ ...options, tools }),
    reconcile: (open) => reconcileThreads({ writer, clock, incoming, place: placeOf(open) }),
  };
}

function placeOf({ gitea }: ForgeSession): IssuePlace {
  const [owner = '', name = ''] = THREADS.split('/');
  return { gitea, owner, name };
}
