import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { openCuttingProxy } from './cutting-proxy.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import { readSights } from './history.ts';
import type { History } from './history.ts';
import { OPEN_GUARDS } from './open-guards.ts';
import { makePrivateCopy } from './private-copy.ts';
import type { Plant } from './private-copy.ts';

/** Shorter than an operator's, so that what failed comes again within the run; in seconds. */
const BACK_OFF_S = [1, 2, 4, 8];
/** Containers start at once, on whatever else the machine does. */
const COME_UP_MS = 180_000;

/** Who takes part. */
export interface Cast {
  senders: number;
  receivers: number;
  /** A break of the hive's word to plant, so that a run must fail. */
  plant: Plant | null;
}

/** A whole hive with its agents in containers, and a proxy before each agent's socket. Disposing ends all of it. */
export interface Stage extends AsyncDisposable {
  hive: Hive;
  senders: string[];
  receivers: string[];
  proxies: ReadonlyMap<string, CuttingProxy>;
  socketOf(agent: string): string;
  /** Where receivers write down what they see. */
  logs: string[];
  /** What they wrote down so far. */
  seen(): History['seen'];
}

/** Starts the hive from a private copy of the sources and waits until everybody waits for work. */
export async function openStage(cast: Cast): Promise<Stage> {
  const senders = Array.from({ length: cast.senders }, (_, index) => `sender-${index + 1}`);
  const receivers = Array.from({ length: cast.receivers }, (_, index) => `receiver-${index + 1}`);
  await using opening = new AsyncDisposableStack();
  const copy = opening.use(await makePrivateCopy(cast.plant));
  const hive = opening.use(
    await startHive({ install: copy.root, guards: OPEN_GUARDS, patience: { back_off: BACK_OFF_S } }),
  );
  const proxies = new Map<string, CuttingProxy>();
  await addAgents(hive, senders, receivers);
  for (const name of [...senders, ...receivers])
    proxies.set(name, opening.use(openCuttingProxy(join(hive.run, 'agents', name))));
  const logOf = (name: string): string => join(hive.home, 'agents', name, 'state/seen.jsonl');
  const built = opening.move();
  return {
    hive,
    senders,
    receivers,
    proxies,
    socketOf: (agent) => join(hive.run, 'agents', agent, 'hive.sock'),
    logs: receivers.map(logOf),
    seen: () => new Map(receivers.map((name) => [name, readSights(logOf(name))])),
    [Symbol.asyncDispose]: () => built.disposeAsync(),
  };
}

async function addAgents(hive: Hive, senders: string[], receivers: string[]): Promise<void> {
  await copyFile(join(import.meta.dirname, 'receiver.ts'), join(hive.home, 'shared/receiver.ts'));
  const command = ['node', '/shared/receiver.ts'];
  const add = async (name: string, runs: { command?: string[] }): Promise<void> => {
    await hive.call(methods.agentsAdd, { name, runtime: 'command', ...runs });
    await hive.agentIn(name, 'idle', COME_UP_MS);
  };
  await Promise.all([...senders.map((name) => add(name, {})), ...receivers.map((name) => add(name, { command }))]);
}
