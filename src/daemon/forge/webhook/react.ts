import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Writer } from '../../db/api.ts';
import type { ForgeHooks } from '../api.ts';
import { noteHead } from '../heads-store.ts';
import { AGENTS, DOCS, THREADS } from '../pages.ts';
import type { People } from '../people.ts';
import type { Incoming } from '../threads/incoming.ts';
import { actOf } from './acts.ts';
import { createCoalescer } from './coalescer.ts';
import { concernOf } from './concern.ts';
import type { Concern, ConcernLookups } from './concern.ts';
import { readHappening } from './happening.ts';
import type { Happening, PushHappening } from './happening.ts';
import { forgetDeliveries, noteDelivery } from './hooks-store.ts';
import type { HookDelivery } from './receiver.ts';

const MAIN = 'refs/heads/main';
/** What Gitea names as the commit of a deleted branch. */
const NO_COMMIT = /^0+$/;
/** Gitea repeats a delivery only by hand. */
const REMEMBER_MS = 7 * 86_400_000;

/** What reacting needs. */
export interface ReactOptions {
  writer: Writer;
  clock: Clock;
  log: Logger;
  people: People;
  hooks: ForgeHooks;
  incoming: Incoming;
  lookups: ConcernLookups;
}

/** Turns what happens on the forge into calls of the hive's hooks. */
export interface Reactions {
  /** Takes one delivery; never throws, a failure goes to the log. */
  take(delivery: HookDelivery): void;
  /** `main` of one of the hive's own repositories is at `commit`, known otherwise than by a webhook. */
  moved(repository: string, commit: string): Promise<void>;
  /** Resolves when everything taken so far was handed on. */
  settle(): Promise<void>;
}

/** Builds it. */
export function createReactions(options: ReactOptions): Reactions {
  const { clock, log, hooks } = options;
  const pending = new Set<Promise<void>>();
  const run = (what: string, work: Promise<void>): void => {
    const guarded = work
      .catch((err: unknown) => log.error({ err, what }, 'forge event is not handled'))
      .finally(() => pending.delete(guarded));
    pending.add(guarded);
  };
  const coalescer = createCoalescer(clock, (agent, text) => run('concern', hooks.concerns(agent, text)));
  const add = (agent: string, text: string): void => coalescer.add(agent, text);
  return {
    take: (delivery) => run(delivery.event, react(options, delivery, add)),
    moved: (repository, commit) => moved(options, repository, commit),
    settle: async () => {
      await Promise.all(pending);
      coalescer.flush();
      await Promise.all(pending);
    },
  };
}

type Add = (agent: string, text: string) => void;

async function react(options: ReactOptions, delivery: HookDelivery, add: Add): Promise<void> {
  const { writer, clock } = options;
  const isNew = await writer.write('forge', ({ db }) => {
    forgetDeliveries(db, clock.now() - REMEMBER_MS);
    return noteDelivery(db, delivery.id, clock.now());
  });
  const happening = isNew ? readHappening(delivery.event, delivery.body) : undefined;
  if (!happening) return;
  if (happening.kind === 'push') return pushed(options, happening);
  if (await ofThread(options, happening)) return;
  await noteAct(options, happening);
  const concern = await concernOf(happening, options.lookups);
  if (concern) for (const agent of concerned(options.people, concern, happening.sender.id)) add(agent, concern.text);
}

async function pushed(options: ReactOptions, { ref, after, repository, sender }: PushHappening): Promise<void> {
  if (NO_COMMIT.test(after)) return;
  if (ref === MAIN) await moved(options, repository.full_name, after);
  const agent = options.people.agentOf(sender.id);
  if (agent === undefined) return;
  const branch = ref.replace(/^refs\/(heads|tags)\//, '');
  const url = `${repository.html_url}/commit/${after}`;
  await options.hooks.pushed(agent, repository.full_name, branch, after, url);
}

async function moved({ writer, hooks }: ReactOptions, repository: string, commit: string): Promise<void> {
  if (repository !== AGENTS && repository !== DOCS) return;
  await writer.write('forge', ({ db }) => noteHead(db, repository, commit));
  if (repository === AGENTS) hooks.agentsChanged(commit);
  else hooks.docsChanged(commit);
}

/** True when the event is part of an ask's thread: those reach their people as messages of the broker. */
async function ofThread({ incoming }: ReactOptions, happening: Happening): Promise<boolean> {
  if (happening.repository.full_name !== THREADS) return false;
  if (happening.kind === 'comment')
    return happening.action === 'created' && incoming.commented(happening.issue.number, happening.comment);
  if (happening.kind !== 'issue') return false;
  const { action, issue, sender } = happening;
  if (action === 'opened') return incoming.opened(issue);
  if (action === 'closed') return incoming.closed(issue.number, sender.id);
  return incoming.isAsk(issue);
}

async function noteAct({ people, hooks }: ReactOptions, happening: Happening): Promise<void> {
  const act = actOf(happening);
  const agent = act && people.agentOf(happening.sender.id);
  if (act && agent !== undefined) await hooks.acted(agent, act.kind, act.summary, act.url);
}

function concerned(people: People, concern: Concern, actor: number): Set<string> {
  const agents = new Set<string>();
  for (const { id } of concern.accounts) {
    const agent = people.agentOf(id);
    if (agent !== undefined) agents.add(agent);
  }
  for (const name of concern.mentioned) if (people.isAgent(name)) agents.add(name);
  const self = people.agentOf(actor);
  if (self !== undefined) agents.delete(self);
  return agents;
}
