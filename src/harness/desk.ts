import { join } from 'node:path';
import type { Client } from '#src/protocol/client.ts';
import type { ControlEvent, HarnessConfig } from '#src/protocol/methods/harness.ts';
import { catchUp } from './catch-up.ts';
import { agentFolders } from './config.ts';
import type { HarnessEnv } from './config.ts';
import type { Execs } from './exec.ts';
import type { Hello } from './link.ts';
import { openSpool } from './spool.ts';
import type { Spool } from './spool.ts';
import type { TurnSlot } from './turn/current-turn.ts';

/** Where what the daemon says lands: its configuration, its orders, and what it missed. */
export interface Desk {
  onHello(hello: Hello, client: Client): Promise<void>;
  onControl(event: ControlEvent): void;
  /** Resolves with the configuration after the first hello. */
  ready: Promise<HarnessConfig>;
  /** The latest configuration. */
  config(): HarnessConfig | undefined;
  spool: Promise<Spool>;
  slot: TurnSlot;
  /** To be resolved by whoever runs execs; orders that come before wait. */
  execs: PromiseWithResolvers<Execs>;
  /** Aborted when no further turn may start. */
  finish: AbortSignal;
}

export function createDesk(env: HarnessEnv, signal: AbortSignal): Desk {
  const ready = Promise.withResolvers<HarnessConfig>();
  const execs = Promise.withResolvers<Execs>();
  const stopped = new AbortController();
  const slot: TurnSlot = { current: undefined, open: undefined };
  const spool = ready.promise.then(({ agent }) => openSpool(join(agentFolders(env, agent).harness, 'spool')));
  let config: HarnessConfig | undefined;
  return {
    async onHello(hello, client) {
      config = hello.config;
      ready.resolve(config);
      await catchUp(client, hello, await spool, slot);
    },
    onControl(event) {
      if (event.type === 'config') config = event.config;
      else if (event.type === 'stop') stopped.abort(event.reason);
      else if (event.type === 'exec') {
        const current = config;
        void execs.promise.then((running) => current && running.start(event.exec, event.argv, current));
      } else if (slot.current?.id === event.turn) slot.current.cancel(event.reason);
    },
    ready: ready.promise,
    config: () => config,
    spool,
    slot,
    execs,
    finish: AbortSignal.any([signal, stopped.signal]),
  };
}
