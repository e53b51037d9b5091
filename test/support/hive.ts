import { rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { runFolder } from '#src/protocol/home.ts';
import { type Client, connect } from '#src/protocol/client.ts';
import type { Input, Method, Output } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { AgentRow, AgentState } from '#src/protocol/shapes.ts';
import { bundledDaemon, DaemonProcess, type DaemonSpec } from './hive/daemon-process.ts';
import { type ConfigChanges, makeHome } from './hive/home.ts';
import { testParts } from './hive/parts.ts';
import { waitUntil } from './wait.ts';

/** Starts and ends that take so long hang, on a busy machine too. */
const READY_MS = 180_000;
const STOP_MS = 90_000;

/** What a test's hive is like. */
export interface HiveOptions extends ConfigChanges {
  /** Bring the real Claude Code CLI for agents. */
  claude?: boolean;
  /** Run the daemon as this user (only root may say so): a rootless hive. */
  uid?: number;
  /** More environment for the daemon. */
  env?: Record<string, string>;
  /** Runs the hive that is installed there instead of this checkout. */
  install?: string;
  /** Starts the daemon under its supervisor, as `hive up` does. */
  supervised?: boolean;
}

type Add = Omit<Input<(typeof methods)['agentsAdd']>, 'name'>;

/** Boots a whole real hive in a temporary home on free ports and waits until it is ready; disposing ends all of it and deletes the home. */
export async function startHive(options: HiveOptions = {}): Promise<Hive> {
  const { claude, uid, env, install, supervised, ...changes } = options;
  const home = await makeHome(await testParts(claude ?? false), changes, uid);
  const cache = process.env['HIVE_CACHE'];
  const program = install === undefined ? await bundledDaemon(cache) : undefined;
  const place: Record<string, string> = supervised && cache ? { HIVE_CACHE: cache } : {};
  const hive = new Hive({ home, uid, env: { ...place, ...env }, install, supervised, program });
  try {
    await hive.startDaemon();
    return hive;
  } catch (error) {
    await hive[Symbol.asyncDispose]();
    throw error;
  }
}

/** A running hive of a test. */
export class Hive implements AsyncDisposable {
  readonly home: string;
  readonly run: string;
  readonly urls: { dashboard: string; forge: string };
  readonly #spec: DaemonSpec;
  #daemon: DaemonProcess | undefined;
  #client: Client | undefined;

  constructor({ env, ...spec }: DaemonSpec) {
    const { home, uid } = spec;
    this.home = home;
    this.#spec = { ...spec, env: { ...env, ...(uid !== undefined && { HOME: home, XDG_RUNTIME_DIR: home }) } };
    this.run = runFolder(home, this.#spec.env, uid ?? process.getuid?.() ?? 0);
    const config = JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as { port: number; forge_port: number };
    this.urls = { dashboard: `http://localhost:${config.port}`, forge: `http://127.0.0.1:${config.forge_port}` };
  }

  /** Pid of the daemon that runs now. */
  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /** Calls as the operator, on a connection that survives the daemon's restarts. */
  async call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>> {
    return (await this.operator()).call(method, input);
  }

  /** The operator's connection; a new one when the last one closed. */
  async operator(): Promise<Client> {
    if (this.#client) return this.#client;
    const client = await connect(join(this.run, 'host.sock'));
    this.#client = client;
    void this.#forgetWhenClosed(client);
    return client;
  }

  /** The operator's first password. */
  password(): string {
    return readFileSync(join(this.home, 'secrets/operator-password'), 'utf8').trim();
  }

  /** Adds an agent on the `command` runtime unless told otherwise, and waits until it waits for work. */
  async addAgent(name: string, input: Add = {}, state: AgentState = 'idle'): Promise<AgentRow> {
    await this.call(methods.agentsAdd, { runtime: 'command', ...input, name });
    return this.agentIn(name, state);
  }

  /** Waits until an agent is in `state`. */
  async agentIn(name: string, state: AgentState, timeoutMs = 120_000): Promise<AgentRow> {
    return waitUntil(
      `${name} is ${state}`,
      async () => (await this.agents()).find((row) => row.name === name && row.state === state),
      timeoutMs,
    );
  }

  async agents(): Promise<AgentRow[]> {
    return (await this.call(methods.agentsList, {})).agents;
  }

  /** Rows of the hive's database, read beside the daemon. */
  rows<T>(sql: string, ...params: unknown[]): T[] {
    const db = new Sqlite(join(this.home, 'hive.db'), { readonly: true });
    try {
      return db.prepare(sql).all(...params) as T[];
    } finally {
      db.close();
    }
  }

  /** Starts the daemon's process and waits for nothing. */
  spawnDaemon(): DaemonProcess {
    return (this.#daemon = new DaemonProcess(this.#spec));
  }

  /** Starts the daemon and waits until the hive is ready. */
  async startDaemon(): Promise<void> {
    const daemon = this.spawnDaemon();
    await waitUntil(
      'the hive is ready',
      async () => {
        if (!daemon.running) throw new Error(`the daemon ended: ${await daemon.printed()}${this.log()}`);
        return (await this.call(methods.status, {}).catch(() => undefined))?.ready;
      },
      READY_MS,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.log()}`);
    });
  }

  /** Signals the daemon and waits until it is gone; answers its exit code (null = by a signal). */
  async killDaemon(signal: NodeJS.Signals): Promise<number | null> {
    this.#daemon?.kill(signal);
    return (await this.#daemon?.ended) ?? null;
  }

  /** The end of the daemon's log. */
  log(lines = 40): string {
    try {
      return readFileSync(join(this.home, 'logs/current.log'), 'utf8').split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** Ends daemon and containers as an operator does; a daemon that a test killed is started once more for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    const daemon = this.#daemon?.running ? this.#daemon : this.spawnDaemon();
    const ended = waitUntil('the daemon ended', () => !daemon.running || this.#shutDown(daemon), STOP_MS);
    await ended.catch(() => daemon.kill('SIGKILL'));
    await daemon.ended;
    this.#client?.close();
    await rm(this.home, { recursive: true, force: true });
    await rm(this.run, { recursive: true, force: true });
  }

  async #forgetWhenClosed(client: Client): Promise<void> {
    await client.closed;
    if (this.#client === client) this.#client = undefined;
  }

  /** Asks the daemon to end; true once it has. */
  async #shutDown(daemon: DaemonProcess): Promise<boolean> {
    await this.call(methods.shutdown, { containers: true }).catch(() => undefined);
    return !daemon.running;
  }
}
