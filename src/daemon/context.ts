import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock } from '#src/lib/clock.ts';
import { keptCode } from '#src/lib/kept-code.ts';
import { type Later, later } from '#src/lib/later.ts';
import { Teardown } from '#src/lib/teardown.ts';
import { createAgents } from './agents/agents.ts';
import type { Sockets } from './agents/deps.ts';
import { createBroker, patienceOf } from './broker/index.ts';
import type { Config } from './config.ts';
import type { ContainerHooks } from './containers/api.ts';
import { createContainers } from './containers/index.ts';
import { brokerHooks } from './context/broker-hooks.ts';
import { comeUp, type Progress } from './context/come-up.ts';
import { edgeHooks } from './context/edge-hooks.ts';
import { forgeHooks } from './context/forge-hooks.ts';
import { inBackground, type Parts, parts } from './context/parts.ts';
import { createWriter, openDatabase, Reserve } from './db/index.ts';
import { createEdge } from './edge/edge.ts';
import { createEvents } from './events/index.ts';
import { createForge } from './forge/create-forge.ts';
import { createHealth } from './health/health.ts';
import { InstallWatch } from './health/install-watch.ts';
import { SoundnessCheck } from './health/soundness-check.ts';
import { startWatchdog } from './health/watchdog.ts';
import type { Host, Uids } from './host/api.ts';
import { createUids } from './host/index.ts';
import { createLogins } from './edge/logins.ts';
import { createRetention } from './retention/index.ts';
import type { Context, WebState } from './rpc/api.ts';
import { createRpc, type Rpc } from './rpc/rpc.ts';
import { createWebSessions } from './rpc/web-sessions.ts';
import { createScheduler } from './scheduler/index.ts';
import type { Secrets } from './secrets.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { startWebProcess } from './web-process.ts';

const MIGRATIONS = join(import.meta.dirname, 'db/migrations');
/** Pauses before a container that died is started again, ms. */
const RESTART_DELAYS = [1000, 2000, 5000, 15_000, 60_000];
/** How long pushes that are under way may still take when the daemon stops. */
const DRAIN_PUSHES_MS = 10_000;

/** What a daemon is made of and told. */
export interface DaemonOptions {
  config: Config;
  secrets: Secrets;
  host: Host;
  log: Logger;
  /** The database failed: the process must end at once, recovery decides at the next start. */
  fatal(error: unknown): void;
  /** Somebody asked the daemon to stop; `containers` = and the agents' containers with it. */
  stop(containers: boolean): void;
}

/** A running daemon. Disposing it stops everything but the agents' containers. */
export interface Daemon extends AsyncDisposable {
  /** Ends every agent's container, gently. */
  endContainers(): Promise<void>;
}

type Base = ReturnType<typeof openBase>;
type Features = Pick<Context, 'broker' | 'scheduler' | 'containers' | 'forge' | 'edge' | 'agents'>;

/** Where what is built gets its end, and its sockets. */
interface Ends {
  teardown: Teardown;
  rpc: Later<Rpc>;
}

/** Builds every part, joins them and starts them in order. Whatever was started ends again when one fails. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log } = options;
  const teardown = new Teardown((part, err) => log.error({ err, part }, 'part did not end well'));
  try {
    return await start(options, teardown);
  } catch (error) {
    await teardown[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(options: DaemonOptions, teardown: Teardown): Promise<Daemon> {
  const { config, secrets, host, log } = options;
  const startedAt = systemClock.now();
  const base = openBase(options, teardown);
  const rpc = later<Rpc>('rpc');
  const features = await buildFeatures(options, base, { teardown, rpc });
  const { agents, broker, containers, edge, forge, scheduler } = features;
  await agents.adopt();
  await broker.start();
  inBackground(log, 'reminders that came due', scheduler.start());

  const progress: Progress = { managed: false };
  const limits: string[] = [];
  let web: WebState = { state: () => ({ state: 'down', detail: 'starting' }) };
  const check = teardown.own('check of the database', 2000, checkDatabase(options, base));
  const install = new InstallWatch(config.install, base.clock);
  const looks = { soundness: () => check.found, installed: () => install.alert() };
  const context: Context = {
    ...{ ...base, ...features, config, secrets, log, startedAt },
    webSessions: createWebSessions(base),
    health: createHealth({ ...base, log, damagedMessages: broker.damagedMessages, ...looks }),
    checkDatabase: () => check.now(),
    web: { state: () => web.state() },
    ready: () => progress.managed && forge.state().state === 'up' && web.state().state === 'up',
    limits: () => limits,
    shutdown: options.stop,
  };
  const webUid = await base.uids.service('web');
  rpc.set(
    teardown.own(
      'sockets',
      6000,
      await createRpc({ context, log, webUid, checkOutput: config.checkAnswers, enter: context.health.enter }),
    ),
  );
  teardown.add('pushes', DRAIN_PUSHES_MS + 1000, () => edge.drainPushes(DRAIN_PUSHES_MS));
  const webOptions = { config, secrets, host, uid: webUid, log, clock: base.clock };
  web = teardown.own('web', 3000, await startWebProcess(webOptions));

  const stopping = new AbortController();
  teardown.add('coming up', 1000, () => stopping.abort());
  inBackground(
    log,
    'limits',
    containers.unenforced().then((found) => limits.push(...found)),
  );
  inBackground(log, 'coming up', comeUp({ agents, forge, progress, log, install }, stopping.signal));
  inBackground(log, 'keeping what was compiled', keptCode.keepWhenIdle(base.clock, stopping.signal));
  return {
    endContainers: () => agents.endAll(),
    [Symbol.asyncDispose]: () => teardown[Symbol.asyncDispose](),
  };
}

function checkDatabase({ config, host, log }: DaemonOptions, { clock, writer }: Base): SoundnessCheck {
  const afterMs = config.check_after_seconds * 1000;
  return new SoundnessCheck({ file: join(config.home, 'hive.db'), writer, runOwn: host.runOwn, clock, log, afterMs });
}

/** What everything else stands on: the database and what needs nothing but it. */
function openBase({ config, secrets, log, fatal }: DaemonOptions, teardown: Teardown) {
  const clock = systemClock;
  const file = join(config.home, 'hive.db');
  const reserve = new Reserve(`${file}-reserve`, config.disk_reserve_mib * 1024 * 1024);
  const expected = existsSync(join(config.home, 'forge'));
  const db = openDatabase(file, { migrationsDir: MIGRATIONS, clock, reserve, expected });
  teardown.add('database', 2000, () => db.close());
  const writer = teardown.own('writer', 5000, createWriter({ db, clock, log, reserve, fatal }));
  const logFile = join(config.home, 'logs', 'current.log');
  teardown.own('watchdog', 1000, startWatchdog(config.watchdog_seconds * 1000, logFile, log));
  return {
    clock,
    writer,
    events: createEvents({ writer, log }),
    uids: createUids(config, writer),
    telemetry: createTelemetry({ writer, clock }),
    logins: createLogins({ writer, key: secrets.key }),
    urls: { dashboard: `http://localhost:${config.port}`, forge: `http://127.0.0.1:${config.forge_port}` },
  };
}

/** The features, joined by their hooks, and the agents layer that drives them. */
async function buildFeatures(options: DaemonOptions, base: Base, { teardown, rpc }: Ends): Promise<Features> {
  const { config, secrets, host, log } = options;
  const { writer, clock, events, uids, logins, telemetry } = base;
  const joined = parts({ ...base, config, log });
  const settings = { ...patienceOf(config.patience), guards: config.guards };
  const broker = teardown.own(
    'broker',
    5000,
    createBroker({ writer, clock, log, hooks: brokerHooks(joined), settings }),
  );
  joined.broker.set(broker);
  const works = [broker.askDeadlines];
  const limits = config.guards.reminders;
  const scheduler = createScheduler({ writer, events, clock, log, hooks: broker, works, limits, zone: hostZone() });
  teardown.own('scheduler', 2000, scheduler);
  const retention = createRetention({ writer, clock, log, days: config.retention, hooks: broker });
  teardown.own('retention', 2000, retention).start();
  const shared = { config, writer, host, uids, clock, log };
  const containers = teardown.own('containers', 3000, createContainers({ ...shared, hooks: containerHooks(joined) }));
  const uid = await uids.service('forge');
  const forge = await createForge({ ...shared, secrets, uid, hooks: forgeHooks(joined) });
  joined.forge.set(teardown.own('forge', 15_000, forge));
  const edge = teardown.own('edge', 2000, createEdge({ hooks: edgeHooks(joined), log, clock }));
  const agents = createAgents({
    ...{ ...shared, broker, forge, containers, edge, telemetry },
    sockets: agentSockets(rpc, uids),
    login: () => logins.current(),
    docsDir: join(config.home, 'docs'),
    restartDelays: RESTART_DELAYS,
  });
  joined.agents.set(teardown.own('agents', 5000, agents));
  return { broker, scheduler, containers, forge, edge, agents };
}

function hostZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function containerHooks({ agents, log }: Parts): ContainerHooks {
  return {
    onEnd: (agent, session, end) =>
      inBackground(log, `end of session ${session} of ${agent}`, agents().containerEnded(agent, session, end)),
  };
}

function agentSockets(rpc: Later<Rpc>, uids: Uids): Sockets {
  return {
    open: (agent, uid) => rpc().openAgent(agent, uids.hostUid(uid)),
    close: (agent) => rpc().closeAgent(agent),
    isOpen: (agent) => rpc().isOpen(agent),
  };
}
