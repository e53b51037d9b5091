import { join } from 'node:path';
import { harnessBuild } from '#src/protocol/build.ts';
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
  onHello: (hello: Hello, client: Client) => Promise<void>;
  onControl: (event: ControlEvent) => void;
  /** The harness that this process runs. */
  build: string;
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

/** What {@link createDesk} is built from. */
export interface DeskOptions {
  env: HarnessEnv;
  /** Root of the installed hive. */
  install: string;
  signal: AbortSignal;
}

/** Builds {@link Desk}; it waits for the first hello. */
export function createDesk({ env, install, signal }: DeskOptions): Desk {
  const build = harnessBuild(install);
  const ready = Promise.withResolvers<HarnessConfig>();
  const execs = Promise.withResolvers<Execs>();
  const stopped = new AbortController();
  const slot: TurnSlot = { current: undefined };
  const spool = ready.promise.then(({ agent }) => openSpool(join(agentFolders(env, agent).harness, 'spool')));
  let config: HarnessConfig | undefined;
  return {
    async onHello(hello, client) {
      config = hello.config;
      ready.resolve(config);
      void execs.promise.then((running) => running.endAll());
      if (hello.resumed && isReplaced(install, build)) stopped.abort('the hive was updated');
      await catchUp(client, await spool);
    },
    onControl(event) {
      if (event.type === 'config') config = event.config;
      else if (event.type === 'stop') stopped.abort(event.reason);
      else if (event.type === 'exec') {
        const current = config;
        void execs.promise.then((running) => current && running.start(event.exec, event.argv, current));
      } else if (event.type === 'end_exec') void execs.promise.then((running) => running.end(event.exec));
      else if (slot.current?.id === event.turn) slot.current.cancel(event.reason);
    },
    build,
    ready: ready.promise,
    config: () => config,
    spool,
    slot,
    execs,
    finish: AbortSignal.any([signal, stopped.signal]),
  };
}

/** Whether the hive's files are another build than the one that runs: then this harness ends when it is idle, and a new container starts with them. */
function isReplaced(install: string, build: string): boolean {
  try {
    return harnessBuild(install) !== build;
  } catch {
    return false;
  }
}
