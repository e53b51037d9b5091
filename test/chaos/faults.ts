import { setTimeout as sleep } from 'node:timers/promises';
import type { Hive } from '../support/hive.ts';
import type { Cut, CutOrder, CuttingProxy } from './cutting-proxy.ts';
import { childrenOf, findProcess, signal } from './processes.ts';
import type { Process } from './processes.ts';
import type { Random } from './random.ts';

/** What is done to a running hive. */
export const FAULTS = {
  'daemon killed': killDaemon,
  'daemon frozen': freezeDaemon,
  'daemon killed between commit and reply': killAtReply,
  'harness killed': killHarness,
  'harness killed before it looked': (site: Site) => killHarnessAt(site, ['next', 'recv']),
  'harness killed after it looked': (site: Site) => killHarnessAt(site, ['presented']),
  'container killed': killContainer,
  'runtime killed after it looked': (site: Site) => killRuntime(site, { how: 'kill', cmds: ['recv'] }),
  'runtime killed with mail in hand': (site: Site) => killRuntime(site, { how: 'kill before', cmds: ['presented'] }),
  'harness frozen': freezeHarness,
  'harness frozen until its lease is lost': loseHarness,
  'reply lost': (site: Site) => cut(site, 'request'),
  'reply cut': (site: Site) => cut(site, 'reply'),
} satisfies Record<string, (site: Site) => Promise<string | undefined>>;

/** Name of one of {@link FAULTS}. */
export type Fault = keyof typeof FAULTS;

/** Where faults happen. */
export interface Site {
  hive: Hive;
  senders: readonly string[];
  receivers: readonly string[];
  proxies: ReadonlyMap<string, CuttingProxy>;
  random: Random;
  /** Things that go on while the next fault may come: they end before the run does. */
  later: (act: Promise<unknown>) => void;
}

/** A turn that shows no life for 10 s loses its lease; this is longer, whatever the machine's load. */
const LOSING_MS = 14_000;
/** A cut that found no reply to cut is given up. */
const CUT_MS = 2000;
const SENDS = ['send'];
const TURNS = ['next', 'turn_end', 'turn_messages', 'recv', 'presented', 'turn_activity', 'hello'];
const HARNESS = 'harness/main.ts';
const RECEIVER = '/shared/receiver.ts';

/** Does it once; answers what was hit, or undefined when there was nothing to hit. */
export function inflict(fault: Fault, site: Site): Promise<string | undefined> {
  return FAULTS[fault](site);
}

async function killDaemon({ hive }: Site): Promise<string> {
  const { pid } = hive;
  await hive.killDaemon('SIGKILL');
  hive.spawnDaemon();
  return `pid ${pid}`;
}

async function freezeDaemon({ hive, random }: Site): Promise<string | undefined> {
  return freeze(findProcess(hive.pid, 'daemon/main'), random.between(50, 1500));
}

async function killAtReply(site: Site): Promise<string | undefined> {
  const { hive } = site;
  const daemon = findProcess(hive.pid, 'daemon/main');
  if (!daemon) return undefined;
  const what = await cut(site, 'kill', () => signal(daemon, 'SIGKILL'));
  if (what === undefined) return undefined;
  await hive.killDaemon('SIGKILL');
  hive.spawnDaemon();
  return what;
}

async function killHarness(site: Site): Promise<string | undefined> {
  const { agent, harness } = await anyHarness(site, [...site.receivers, ...site.receivers, ...site.senders]);
  return harness && signal(harness, 'SIGKILL') ? agent : undefined;
}

/** Dies with a lease in hand, at the moment at which the daemon answers one of `cmds`. */
async function killHarnessAt(site: Site, cmds: readonly string[]): Promise<string | undefined> {
  const { agent, harness } = await anyHarness(site, site.receivers);
  if (!harness) return undefined;
  const kill = (): unknown => signal(harness, 'SIGKILL');
  const cmd = await site.proxies.get(agent)?.cut({ how: 'kill', cmds, share: 0, kill }, AbortSignal.timeout(CUT_MS));
  return cmd && `${agent} at ${cmd}`;
}

/** What thinks dies once it has seen its wake prompt and takes more, or has seen that and is about to say so. */
async function killRuntime(site: Site, at: Pick<CutOrder, 'how' | 'cmds'>): Promise<string | undefined> {
  const { agent, harness } = await anyHarness(site, site.receivers);
  if (!harness) return undefined;
  const kill = (): unknown => childrenOf(harness.pid, RECEIVER).map((runtime) => signal(runtime, 'SIGKILL'));
  const cmd = await site.proxies.get(agent)?.cut({ ...at, share: 0, kill }, AbortSignal.timeout(CUT_MS));
  return cmd && agent;
}

async function killContainer(site: Site): Promise<string | undefined> {
  const { agent, container } = await anyHarness(site, [...site.receivers, ...site.receivers, ...site.senders]);
  return container && signal(container, 'SIGKILL') ? agent : undefined;
}

async function freezeHarness(site: Site): Promise<string | undefined> {
  const { agent, harness } = await anyHarness(site, site.receivers);
  const what = await freeze(harness, site.random.between(50, 2000));
  return what && `${agent} ${what}`;
}

/** The hive gives the frozen turn up and kills its container; whatever is left is let go on afterwards. */
async function loseHarness(site: Site): Promise<string | undefined> {
  const { agent, harness } = await anyHarness(site, site.receivers);
  if (!harness || !signal(harness, 'SIGSTOP')) return undefined;
  site.later(sleep(LOSING_MS).then(() => signal(harness, 'SIGCONT')));
  return agent;
}

async function freeze(process: Process | undefined, ms: number): Promise<string | undefined> {
  if (!process || !signal(process, 'SIGSTOP')) return undefined;
  await sleep(ms);
  signal(process, 'SIGCONT');
  return `for ${ms} ms`;
}

/** Loses a reply of the daemon to a harness, to what runs in its turn, or to a sender. */
async function cut(
  { proxies, random, ...site }: Site,
  how: Cut,
  kill: () => unknown = () => undefined,
): Promise<string | undefined> {
  const atSender = random.next() < 0.4;
  const agent = random.pick(atSender ? site.senders : site.receivers);
  const cmds = atSender ? SENDS : [random.pick(TURNS), random.pick(TURNS), random.pick(TURNS)];
  const order = { how, cmds, share: how === 'reply' ? random.between(0, 999) : 0, kill };
  const cmd = await proxies.get(agent)?.cut(order, AbortSignal.timeout(CUT_MS));
  return cmd === undefined ? undefined : `${cmd} of ${agent}`;
}

interface Target {
  agent: string;
  container: Process | undefined;
  harness: Process | undefined;
}

/** Processes of one agent's container; none while it has no container or the daemon does not answer. */
async function anyHarness({ hive, random }: Site, agents: readonly string[]): Promise<Target> {
  const agent = random.pick(agents);
  const rows = await hive.agents().catch(() => []);
  const pid = rows.find(({ name }) => name === agent)?.container_pid ?? 0;
  return { agent, container: findProcess(pid, HARNESS), harness: childrenOf(pid, HARNESS)[0] };
}
