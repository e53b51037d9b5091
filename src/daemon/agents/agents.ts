import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { ControlEvent, HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { AgentRow } from '#src/protocol/shapes.ts';
import type { ContainerEnd } from '../containers/engine.ts';
import { setPaused, setStatusText, setStopped } from './agent-store.ts';
import type { AgentRecord, Agents, ExecEvent, RemoveOptions } from './api.ts';
import { coalesced } from './coalesced.ts';
import { Controls } from './controls.ts';
import type { AgentsDeps } from './deps.ts';
import { agentFiles } from './folder.ts';
import { Holding } from './holding.ts';
import { Lives } from './lives.ts';
import { MANAGER, requireNoManager, requireNotManager } from './manager.ts';
import { harnessConfig } from './prompt.ts';
import { Reconciler } from './reconciler.ts';
import { Restarts } from './restarts.ts';
import { Roster } from './roster.ts';
import { createRows, type Rows } from './rows.ts';

type M = typeof methods;

/** Builds the agents layer; nothing starts before `restore`. */
export function createAgents(deps: AgentsDeps): Agents {
  return new AgentsLayer(deps);
}

class AgentsLayer implements Agents {
  readonly #deps: AgentsDeps;
  readonly #roster: Roster;
  readonly #controls: Controls;
  readonly #restarts: Restarts;
  readonly #lives: Lives;
  readonly #holding: Holding;
  readonly #rows: Rows;
  readonly #reconciler: Reconciler;
  readonly reconcile: (why: string) => Promise<void>;
  #phase: 'starting' | 'running' | 'stopping' = 'starting';

  constructor(deps: AgentsDeps) {
    const { writer, uids, clock, restartDelays } = deps;
    this.#deps = deps;
    this.#roster = new Roster(writer, uids);
    this.#controls = new Controls(clock);
    this.#restarts = new Restarts(clock, restartDelays, (agent) => this.#reconcileSoon(`${agent} may start again`));
    this.#lives = new Lives({ ...deps, controls: this.#controls, restarts: this.#restarts });
    this.#holding = new Holding({ ...deps, roster: this.#roster });
    this.#rows = createRows({ ...deps, restarts: this.#restarts, lives: this.#lives, holding: this.#holding });
    this.#reconciler = new Reconciler({
      ...deps,
      roster: this.#roster,
      lives: this.#lives,
      restarts: this.#restarts,
      configured: (agent) => this.#configured(agent),
      stopping: () => this.#phase === 'stopping',
    });
    this.reconcile = coalesced(async (why) => {
      if (this.#phase === 'running') await this.#reconciler.run(why);
    });
  }

  expectKnown(name: string): void {
    this.#roster.expectKnown(name);
  }

  get(name: string): AgentRecord {
    return this.#roster.get(name);
  }

  all(): AgentRecord[] {
    return this.#roster.all();
  }

  row(name: string): AgentRow {
    return this.#rows.row(this.#roster.get(name));
  }

  rows(): AgentRow[] {
    return this.#rows.rows(this.#roster.all());
  }

  async adopt(): Promise<void> {
    const adopted = await this.#deps.containers.adopt();
    for (const { agent, session } of adopted) this.#deps.log.info({ agent, session }, 'container adopted');
  }

  async restore(): Promise<void> {
    const { log, broker } = this.#deps;
    for (const { name } of this.#roster.removed()) await broker.agentRemoved(name);
    for (const { name } of this.#roster.all()) {
      this.#holding.refresh(name);
      await this.#reconciler
        .reopen(name)
        .catch((error: unknown) => log.error({ err: error, agent: name }, 'its socket could not be opened again'));
    }
    if (this.#phase === 'starting') this.#phase = 'running';
    await this.reconcile('the daemon started');
  }

  async docsChanged(): Promise<void> {
    await this.#deps.forge.syncDocs(this.#deps.docsDir);
  }

  async add(input: Parsed<M['agentsAdd']>): Promise<Output<M['agentsAdd']>> {
    const { forge } = this.#deps;
    const { name } = input;
    if (this.#roster.all().some((agent) => agent.name === name)) {
      throw new HiveError(
        'conflict',
        `an agent called "${name}" is there already: choose another name, or remove it first`,
      );
    }
    const manager = input.manager || name === MANAGER;
    if (manager) requireNoManager(this.#roster.all());
    const commit = await forge.commitAgent(name, agentFiles({ ...input, manager }), `Add ${name}`);
    await this.reconcile(`${name} was added`);
    return { name, manager, commit, url: forge.pages.agent(name) };
  }

  async remove(name: string, { purge, force }: RemoveOptions): Promise<Output<M['agentsRemove']>> {
    const { forge, containers } = this.#deps;
    const known = this.#roster.find(name);
    const gone = known !== undefined && known.removedAt !== null;
    const agent = gone && purge ? known : this.#roster.get(name);
    if (!gone && !force) requireNotManager(agent);
    const commit = gone ? agent.commit : await forge.commitAgent(name, null, `Remove ${name}`);
    await this.reconcile(`${name} was removed`);
    if (purge) {
      await containers.purge(name, agent.uid);
      await forge.removeAgent(name, true);
    }
    return { name, commit };
  }

  async start(names: string[]): Promise<void> {
    for (const name of names) {
      this.#restarts.forgive(name);
      if (this.#roster.get(name).stopped) {
        await this.#roster.update(name, 'started', (db, now) => setStopped(db, name, false, now));
      }
      this.#holding.refresh(name);
    }
    await this.reconcile(`start of ${names.join(', ')}`);
  }

  async stop(names: string[], graceful: boolean): Promise<void> {
    for (const name of names) {
      await this.#roster.update(name, 'stopped', (db, now) => setStopped(db, name, true, now));
      this.#holding.refresh(name);
    }
    await Promise.all(names.map((name) => this.#endCurrent(name, 'stopped', graceful)));
    await this.reconcile(`stop of ${names.join(', ')}`);
  }

  async restart(name: string): Promise<void> {
    const { stopped } = this.#roster.get(name);
    this.#restarts.forgive(name);
    if (!stopped) await this.#endCurrent(name, 'replaced', true);
    await this.start([name]);
  }

  async kill(name: string): Promise<void> {
    this.#roster.get(name);
    await this.#endCurrent(name, 'killed_by_hive', false);
    await this.reconcile(`${name} was killed`);
  }

  async setPaused(name: string, paused: boolean): Promise<void> {
    if (this.#roster.get(name).paused !== paused) {
      await this.#roster.update(name, paused ? 'paused' : 'resumed', (db, now) => setPaused(db, name, paused, now));
    }
    this.#holding.refresh(name);
  }

  async setStatus(name: string, text: string): Promise<void> {
    await this.#roster.update(name, 'status', (db, now) => setStatusText(db, name, text === '' ? null : text, now));
  }

  whoami(name: string): Output<M['whoami']> {
    const { forge } = this.#deps;
    const { config, statusText } = this.#roster.get(name);
    const peers = this.#roster.all().filter((agent) => agent.name !== name);
    return {
      name,
      role: config.role,
      manager: config.manager,
      forge: forge.url(),
      threads: forge.pages.threads(),
      peers: peers.map((peer) => ({ name: peer.name, role: peer.config.role })),
      egress: config.egress,
      status_text: statusText,
    };
  }

  harnessConfig(name: string): HarnessConfig {
    const { config, forge, login } = this.#deps;
    return harnessConfig(this.#roster.get(name), {
      install: config.install,
      forgeUrl: forge.url(),
      threadsPage: forge.pages.threads(),
      login: login(),
    });
  }

  async containerEnded(agent: string, session: number, end: ContainerEnd & { byHive: boolean }): Promise<void> {
    await this.#lives.ended(agent, session, end);
    this.#reconcileSoon(`the container of ${agent} ended`);
  }

  async sessionLost(agent: string, session: number, reason: string): Promise<void> {
    await this.#lives.lost(agent, session, reason);
    await this.reconcile(`the session of ${agent} was lost`);
  }

  async turnOutcome(agent: string, outcome: string, resumeAt: number | null): Promise<void> {
    if (outcome === 'ok') this.#restarts.forgive(agent);
    if (outcome === 'rate_limited') await this.#holding.park(agent, resumeAt);
    else this.#holding.refresh(agent);
  }

  async loginChanged(): Promise<void> {
    for (const { name } of this.#roster.all()) this.#configured(name);
  }

  attachControl(agent: string, push: (event: ControlEvent) => void): () => void {
    return this.#controls.attach(agent, push);
  }

  async exec(
    { name, argv }: Parsed<M['exec']>,
    onEvent: (event: ExecEvent) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const starting = this.#deps.containers
      .running()
      .some((container) => container.agent === this.#roster.get(name).name);
    return this.#controls.exec({ agent: name, argv, starting }, onEvent, signal);
  }

  execOutput(agent: string, input: Parsed<M['execOutput']>): void {
    this.#controls.execOutput(agent, input);
  }

  cancelTurn(agent: string, turn: number, reason: string): void {
    this.#controls.order(agent, { type: 'cancel_turn', turn, reason });
  }

  async endAll(): Promise<void> {
    this.#phase = 'stopping';
    await this.reconcile('the hive stops').catch(() => undefined);
    await Promise.all(this.#roster.all().map(({ name }) => this.#endCurrent(name, 'stopped', true)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#phase = 'stopping';
    this.#holding.stop();
    await this.reconcile('the daemon stops').catch(() => undefined);
  }

  async #endCurrent(name: string, why: 'stopped' | 'replaced' | 'killed_by_hive', patient: boolean): Promise<void> {
    const session = this.#deps.broker.currentSession(name);
    if (session) await this.#lives.end(name, session.id, why, patient);
  }

  #configured(agent: string): void {
    this.#holding.refresh(agent);
    this.#controls.order(agent, { type: 'config', config: this.harnessConfig(agent) });
  }

  #reconcileSoon(why: string): void {
    this.reconcile(why).catch((error: unknown) => this.#deps.log.error({ err: error, why }, 'reconciling failed'));
  }
}
