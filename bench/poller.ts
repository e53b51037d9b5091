import type { Logger } from 'pino';
import { createLink } from '../src/harness/link.ts';
import { methods } from '../src/protocol/methods/index.ts';
import { nonceAlone } from '../src/daemon/standby/sockets-alone.ts';
import { agentSocket } from './run-folder.ts';

const log = { info: () => undefined, debug: () => undefined } as unknown as Logger;

/** An idle agent over its harness's own connection: says hello, takes orders, waits in `next`, and comes back when its connection is cut. */
export interface Poller {
  /** Ends when it is told to stop; throws when the daemon refuses it. */
  done: Promise<void>;
  stop(): void;
}

/** Starts a {@link Poller}. Each has a signal of its own, as each harness has: listeners of one signal are looked through one by one. */
export function poll(folder: string, agent: string): Poller {
  const stopping = new AbortController();
  const { signal } = stopping;
  const link = createLink({
    ...{ socket: agentSocket(folder, agent), nonce: nonceAlone(agent), build: 'bench', log },
    onHello: async () => undefined,
    onControl: () => undefined,
  });
  const turns = link.call(methods.next, { max: 4 }, { signal, budgetMs: Infinity, withHello: true });
  turns.catch(() => undefined);
  return { done: link.run(signal), stop: () => stopping.abort() };
}
