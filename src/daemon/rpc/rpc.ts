import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SocketOwner } from '../host/socket-owner.ts';
import { acceptAgent, WELCOME } from './agent-socket.ts';
import type { Context, Principal } from './api.ts';
import { Connection, type Serve } from './connection.ts';
import { createDispatch } from './dispatch.ts';
import { handlers } from './handlers/index.ts';
import { InFlight } from './in-flight.ts';
import { type Enter, type Listener, listen } from './listener.ts';

const MAX_CONNECTIONS = { host: 256, web: 512, agent: 256 };
/** How long calls that are under way may still take when the daemon stops. */
const DRAIN_MS = 3000;
/** So many agents' sockets are opened before others get a turn: harnesses that come back are served while the rest are opened. */
const OPENED_AT_ONCE = 16;

/** What the sockets need; `webUid` = who may use web.sock under root. */
export interface RpcOptions {
  context: Context;
  log: Logger;
  webUid: number | null;
  checkOutput: boolean;
  /** Room for connections of the whole daemon. */
  enter?: Enter;
}

/** The daemon's sockets. Disposing lets calls under way end, then closes everything. */
export interface Rpc extends AsyncDisposable {
  /** Opens (again) the socket of an agent, in its own folder; idempotent. */
  openAgent(agent: string, uid: number | null): Promise<void>;
  isOpen(agent: string): boolean;
  /** Closes it and cuts its connections. */
  closeAgent(agent: string): Promise<void>;
}

/** Opens host.sock and web.sock. */
export async function createRpc(options: RpcOptions): Promise<Rpc> {
  const rpc = new Sockets(options);
  await rpc.openOwn();
  return rpc;
}

class Sockets implements Rpc {
  readonly #options: RpcOptions;
  readonly #serve: Serve;
  readonly #inFlight = new InFlight();
  readonly #own: Listener[] = [];
  readonly #agents = new Map<string, Listener>();
  readonly #connections = new Set<Connection>();

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#serve = createDispatch({ ...options, handlers });
  }

  async openOwn(): Promise<void> {
    const { context, log, webUid } = this.#options;
    const { run, root } = context.config;
    const webOwner: SocketOwner = webUid === null ? { mode: 0o600 } : { uid: webUid, mode: 0o600 };
    const open = async (name: 'host' | 'web', owner: SocketOwner, principal: Principal): Promise<void> => {
      const onConnection = (socket: Socket): void => void this.#speak(socket, principal);
      const path = join(run, `${name}.sock`);
      this.#own.push(
        await listen({
          path,
          owner,
          maxConnections: MAX_CONNECTIONS[name],
          onConnection,
          log,
          enter: this.#options.enter,
        }),
      );
    };
    await open('host', root ? await adminOwner() : { mode: 0o600 }, { kind: 'operator' });
    await open('web', webOwner, { kind: 'web', operator: null, token: null });
  }

  async openAgent(agent: string, uid: number | null): Promise<void> {
    if (this.#agents.has(agent)) return;
    const { context, log } = this.#options;
    const onConnection = (socket: Socket): void =>
      acceptAgent(socket, { agent, broker: context.broker, edge: context.edge, speak: this.#speakAs(agent) });
    const listener = await listen({
      path: join(context.containers.socketFolder(agent), 'hive.sock'),
      owner: uid === null ? { mode: 0o600 } : { gid: uid, mode: 0o660 },
      maxConnections: MAX_CONNECTIONS.agent,
      onConnection,
      log,
      enter: this.#options.enter,
    });
    this.#agents.set(agent, listener);
    if (this.#agents.size % OPENED_AT_ONCE === 0) await nextTurn();
  }

  isOpen(agent: string): boolean {
    return this.#agents.has(agent);
  }

  async closeAgent(agent: string): Promise<void> {
    const listener = this.#agents.get(agent);
    this.#agents.delete(agent);
    await listener?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const listeners = [...this.#own, ...this.#agents.values()];
    for (const listener of listeners) listener.close();
    for (const connection of this.#connections) connection.drain();
    const deadline = performance.now() + DRAIN_MS;
    while ([...this.#connections].some(({ busy }) => busy) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
  }

  #speakAs(agent: string): (socket: Socket, begun: Buffer) => void {
    return (socket, begun) => this.#speak(socket, { kind: 'agent', name: agent, session: null }).begin(WELCOME, begun);
  }

  #speak(socket: Socket, principal: Principal): Connection {
    const endsWithInput = principal.kind === 'agent';
    const { log } = this.#options;
    const options = { principal, serve: this.#serve, inFlight: this.#inFlight, log, endsWithInput };
    const connection = new Connection(socket, options);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    return connection;
  }
}

/** host.sock under root: for the group hive-admin when the host has it, else for root alone. */
async function adminOwner(): Promise<SocketOwner> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const gid = /^hive-admin:[^:]*:(\d+):/m.exec(groups)?.[1];
  return gid === undefined ? { mode: 0o600 } : { gid: Number(gid), mode: 0o660 };
}
