import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Parsed } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { Received } from '#src/protocol/shapes.ts';
import { freePort } from './free-port.ts';
import { startScriptedDaemon } from './scripted-daemon.ts';
import type { Answer, ScriptedDaemon } from './scripted-daemon.ts';

const MAIN = resolve(import.meta.dirname, '../../src/harness/main.ts');
const NONCE = 'n'.repeat(64);

/** The report of a turn's end. */
export type TurnEnd = Parsed<(typeof methods)['turnEnd']>;

/** A real harness process of agent alice against a scripted daemon, outside of any container. */
export interface HarnessRig extends AsyncDisposable {
  daemon: ScriptedDaemon;
  config: HarnessConfig;
  folder: string;
  state: string;
  /** Makes the next `next` hand out a turn with these bodies; answers its id. */
  wake(...bodies: (string | Partial<Received>)[]): number;
  /** `wrapper` = argv that starts it, e.g. in a namespace of its own. */
  start(env?: Record<string, string>, wrapper?: string[]): ChildProcess;
  log(): string;
  /** What was reported as ends of turns, oldest first. */
  ends(): TurnEnd[];
  /** What turns were said to do: phase and activity. */
  activities(): { phase: string; activity: string | null }[];
}

export async function startRig(overrides: Partial<HarnessConfig> = {}): Promise<HarnessRig> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-harness-'));
  const config = { ...BASE_CONFIG, forge: { host: '127.0.0.1', port: await freePort() }, ...overrides };
  const turns: object[] = [];
  const waiting: ((turn: object) => void)[] = [];
  const children: ChildProcess[] = [];
  let ids = 0;
  let log = '';
  const answers: Record<string, Answer> = {
    hello: () => ({ session: 1, resumed: false, turn: null, config: rig.config }),
    next: () => turns.shift() ?? new Promise<object>((give) => waiting.push(give)),
    turn_activity: () => ({ cancel: false }),
    presented: () => ({}),
    turn_end: ({ input }) => ({ acked: input['presented'], requeued: [] }),
    mail_waiting: () => ({ count: 0, senders: [] }),
  };
  const rig: HarnessRig = {
    daemon: await startScriptedDaemon(join(folder, 'hive.sock'), answers),
    config,
    folder,
    state: join(folder, 'alice', 'state'),
    wake(...bodies) {
      const deliveries = bodies.map((each) => received(++ids, typeof each === 'string' ? { body: each } : each));
      const turn = { turn: ++ids, deliveries, remaining: 0, waiting: [], note: null, earlier: [] };
      const give = waiting.shift();
      if (give) give(turn);
      else turns.push(turn);
      return turn.turn;
    },
    start(env = {}, wrapper = []) {
      const [file, ...args] = [...wrapper, process.execPath];
      const child = spawn(file, [...args, MAIN], {
        env: {
          PATH: process.env['PATH'] ?? '',
          HIVE_SOCKET: join(folder, 'hive.sock'),
          HIVE_AGENTS_DIR: folder,
          HIVE_DOCS_DIR: join(folder, 'docs'),
          HIVE_LOOPBACK_PORT: '0',
          ...env,
        },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      children.push(child);
      child.stdin?.write(`${NONCE}\n`);
      child.stdout?.on('data', (text: Buffer) => (log += text.toString()));
      child.stderr?.on('data', (text: Buffer) => (log += text.toString()));
      return child;
    },
    log: () => log,
    ends: () => rig.daemon.of('turn_end').map(({ input }) => methods.turnEnd.input.parse(input)),
    activities: () => rig.daemon.of('turn_activity').map(({ input }) => methods.turnActivity.input.parse(input)),
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(end));
      await rig.daemon[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

const BASE_CONFIG: Omit<HarnessConfig, 'forge'> = {
  agent: 'alice',
  manager: false,
  runtime: 'command',
  model: null,
  command: null,
  prompt: 'You are alice.',
  login: null,
  egress: [],
};

/** A message from bob, as the daemon hands it out. */
export function received(delivery: number, fields: Partial<Received> = {}): Received {
  return {
    delivery,
    id: delivery + 100,
    from: 'bob',
    kind: 'message',
    body: 'hello',
    sent_at: 0,
    in_reply_to: null,
    ask: null,
    thread_url: null,
    options: null,
    broadcast: false,
    redelivered: 0,
    ...fields,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await once(child, 'close');
  clearTimeout(timer);
}
