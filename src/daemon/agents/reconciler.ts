import type { Logger } from 'pino';
import { toHiveError } from '#src/lib/errors.ts';
import type { Broker } from '../broker/api.ts';
import type { Containers } from '../containers/api.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Forge } from '../forge/api.ts';
import { type Desired, desiredState } from './desired.ts';
import { ensureManager } from './first-start.ts';
import { type ActualAgent, plan, type Step } from './plan.ts';
import type { Restarts } from './restarts.ts';
import { execute, type StepDeps } from './steps.ts';

/** Agents that are worked on at once. */
const AT_ONCE = 4;

/** What reconciling needs beside what its steps need. */
export interface ReconcilerDeps extends StepDeps {
  forge: Forge;
  broker: Broker;
  containers: Containers;
  config: Pick<Config, 'manager'>;
  writer: Writer;
  restarts: Restarts;
  log: Logger;
  /** True once the hive stops: no further step is begun. */
  stopping(): boolean;
}

/** Compares main of hive/agents with what runs, and makes it so. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  /** Agents whose folders this daemon has made sure of. */
  readonly #folders = new Set<string>();

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** One run. One agent's failure is logged, shown as its trouble and tried again; it never stops the others. */
  async run(why: string): Promise<void> {
    const { log } = this.#deps;
    const steps = plan(await this.#desired(), this.actual());
    if (steps.length > 0) log.info({ why, steps: steps.map((step) => `${step.agent}:${step.do}`) }, 'reconciling');
    const byAgent = Map.groupBy(steps, ({ agent }) => agent);
    const queue = [...byAgent.entries()];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) await this.#carryOut(...next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** What there is right now. */
  actual(): ActualAgent[] {
    const { roster, broker, containers, sockets, restarts } = this.#deps;
    const running = new Set(containers.running().map(({ session }) => session));
    return roster.all().map((agent) => {
      const session = broker.currentSession(agent.name);
      return {
        name: agent.name,
        record: {
          config: agent.config,
          prompt: agent.prompt,
          failure: agent.failure,
          deployed: agent.commit !== '',
          stopped: agent.stopped,
        },
        account: agent.forgeUserId !== null,
        folders: this.#folders.has(agent.name),
        socket: sockets.isOpen(agent.name),
        session: session ? { id: session.id, container: running.has(session.id) } : null,
        mayStart: restarts.mayStart(agent.name),
      };
    });
  }

  /** Makes sure of an agent's folders and socket without looking at the forge: what a running container needs to find its way back. */
  async reopen(agent: string): Promise<void> {
    await this.#execute({ agent, do: 'folders' });
    await this.#execute({ agent, do: 'socket' });
  }

  /** The forge's word, or null while it cannot be read. */
  async #desired(): Promise<Desired | null> {
    const { forge, log } = this.#deps;
    if (forge.state().state !== 'up') return null;
    try {
      const read = await forge.readAgents();
      const made = await ensureManager(read.folders, this.#deps);
      const { commit, folders } = made ? await forge.readAgents() : read;
      const desired = desiredState(commit, folders);
      for (const problem of desired.strangers) log.warn({ problem }, 'a folder of hive/agents is no agent');
      return desired;
    } catch (error) {
      log.error({ err: error }, 'hive/agents cannot be read: what is recorded is kept up');
      return null;
    }
  }

  async #carryOut(agent: string, steps: Step[]): Promise<void> {
    const { restarts, log, stopping } = this.#deps;
    for (const step of steps) {
      if (stopping()) return;
      try {
        await this.#execute(step);
      } catch (error) {
        log.error({ err: error, agent, step: step.do }, 'step failed');
        if (step.do !== 'start') restarts.failed(agent, `${step.do} failed: ${toHiveError(error).message}`);
        return;
      }
    }
  }

  async #execute(step: Step): Promise<void> {
    await execute(step, this.#deps);
    if (step.do === 'folders') this.#folders.add(step.agent);
    if (step.do === 'retire') this.#folders.delete(step.agent);
  }
}
