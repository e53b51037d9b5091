import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { toHiveError } from '#src/lib/errors.ts';
import type { Broker, SessionEnd } from '../broker/api.ts';
import type { Containers } from '../containers/api.ts';
import type { ContainerEnd } from '../containers/engine.ts';
import type { Writer } from '../db/api.ts';
import type { Edge } from '../edge/api.ts';
import type { AgentRecord } from './api.ts';
import type { Controls } from './controls.ts';
import type { Restarts } from './restarts.ts';

/** How long a harness has to end by itself after `stop`, then after SIGTERM. */
const STOP_MS = 10_000;
const TERMINATE_MS = 3000;

/** What lives are made of. */
export interface LivesDeps {
  broker: Pick<Broker, 'openSession' | 'sessionEnded' | 'fence'>;
  containers: Pick<Containers, 'start' | 'stop' | 'kill' | 'running'>;
  edge: Pick<Edge, 'cut'>;
  writer: Writer;
  controls: Controls;
  restarts: Restarts;
  clock: Clock;
  log: Logger;
}

interface Ending {
  why: SessionEnd;
  done: PromiseWithResolvers<void>;
}

/** One container's life = one harness session: how it begins and every way in which it ends. */
export class Lives {
  readonly #deps: LivesDeps;
  readonly #endings = new Map<number, Ending>();
  /** Starts under way: an end waits for them, since what is just being made cannot be ended. */
  readonly #starts = new Map<string, Promise<void>>();
  readonly #exitCodes = new Map<string, number | null>();

  constructor(deps: LivesDeps) {
    this.#deps = deps;
  }

  /** Exit code of the agent's last container that this daemon saw end. */
  exitCode(agent: string): number | null {
    return this.#exitCodes.get(agent) ?? null;
  }

  /** Opens a session and starts its container. A start that fails ends the session again and is tried later. */
  async start(agent: AgentRecord): Promise<void> {
    const start = this.#start(agent);
    this.#starts.set(agent.name, start);
    try {
      await start;
    } finally {
      this.#starts.delete(agent.name);
    }
  }

  /** Asks the harness to stop, then its processes, then kills; resolves when the end was recorded. `patient` false = kills at once. */
  async end(agent: string, session: number, why: SessionEnd, patient: boolean): Promise<void> {
    const { containers, controls, clock } = this.#deps;
    await this.#starts.get(agent)?.catch(() => undefined);
    if (!containers.running().some((container) => container.session === session)) return this.forget(session, why);
    const ending = this.#expect(session, why);
    if (patient && controls.order(agent, { type: 'stop', reason: why })) {
      await Promise.race([ending.done.promise, new Promise<void>((resolve) => clock.after(STOP_MS, resolve))]);
    }
    if (this.#endings.has(session)) {
      await (patient ? containers.stop(session, TERMINATE_MS) : containers.kill(session)).catch((error: unknown) => {
        this.#deps.log.error({ err: error, agent, session }, 'container could not be stopped');
        this.#endings.delete(session);
        throw error;
      });
    }
    await ending.done.promise;
  }

  /** Ends a session that has no container (any more). */
  async forget(session: number, why: SessionEnd): Promise<void> {
    await this.#deps.broker.sessionEnded(session, why, 'no container of this session runs');
  }

  /** The broker gave a session up: nothing of it may reach anything, then its container is killed and seen dead. */
  async lost(agent: string, session: number, reason: string): Promise<void> {
    const { broker, edge, log } = this.#deps;
    log.warn({ agent, session, reason }, 'session lost');
    await broker.fence(session);
    edge.cut(agent);
    await this.end(agent, session, 'killed_by_hive', false);
  }

  /** A container was seen dead. Answers whether it ended by itself. */
  async ended(agent: string, session: number, end: ContainerEnd & { byHive: boolean }): Promise<boolean> {
    const { broker, edge, restarts, writer, log } = this.#deps;
    const ending = this.#endings.get(session);
    const byItself = ending === undefined && !end.byHive;
    const why = ending?.why ?? (end.byHive ? 'killed_by_hive' : end.exitCode === 0 ? 'stopped' : 'died');
    log.info({ agent, session, why, exitCode: end.exitCode, reason: end.reason }, 'container ended');
    this.#exitCodes.set(agent, end.exitCode);
    edge.cut(agent);
    await Promise.all([
      broker.sessionEnded(session, why, end.reason),
      writer.write(agent, (tx) =>
        tx.emit({ type: 'container.ended', agent, session, exit_code: end.exitCode, reason: end.reason }),
      ),
    ]);
    if (byItself) restarts.failed(agent, `its container ended by itself: ${end.reason}`);
    this.#endings.delete(session);
    ending?.done.resolve();
    return byItself;
  }

  async #start({ name: agent, uid, config }: AgentRecord): Promise<void> {
    const { broker, containers, restarts, writer } = this.#deps;
    const nonce = randomBytes(32).toString('hex');
    const session = await broker.openSession(agent, nonce);
    restarts.started(agent);
    try {
      await containers.start({ agent, session, nonce, uid, config });
    } catch (error) {
      const message = `its container did not start: ${toHiveError(error).message}`;
      await broker.sessionEnded(session, 'stopped', message);
      restarts.failed(agent, message);
      throw error;
    }
    await writer.write(agent, (tx) => tx.emit({ type: 'container.started', agent, session }));
  }

  #expect(session: number, why: SessionEnd): Ending {
    const known = this.#endings.get(session);
    if (known) return known;
    const ending: Ending = { why, done: Promise.withResolvers<void>() };
    this.#endings.set(session, ending);
    return ending;
  }
}
