import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createLink } from '#src/harness/link.ts';
import type { Link } from '#src/harness/link.ts';
import type { Output } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';

type Turn = Output<(typeof methods)['next']>;

/** The nonce of an agent's one session. */
export function nonceOf(agent: string): string {
  return agent.padEnd(64, '-');
}

/** Joins the groups of its first argument, then becomes the program of the others. */
const ENTER_GROUPS = 'for group in $1; do echo $$ > "$group/cgroup.procs"; done; shift; exec "$@"';

/** The sockets of many agents in a process that can be killed; see polling-server.ts. */
export class PollingServer implements AsyncDisposable {
  readonly folder: string;
  readonly #agents: number;
  #child: ChildProcess | undefined;
  /** What it said of trouble, over all its lives. */
  errors = '';

  constructor(agents: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'hive-polling-'));
    this.#agents = agents;
  }

  /** Pid of the process that runs now. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  socketOf(agent: string): string {
    return join(this.folder, agent, 'hive.sock');
  }

  /** Starts it, in the control groups of these folders from its first instruction on, and waits until all sockets are open. */
  async start(groups: readonly string[] = []): Promise<void> {
    const main = join(import.meta.dirname, 'polling-server.ts');
    const child = spawn(
      'sh',
      ['-c', ENTER_GROUPS, 'sh', groups.join(' '), process.execPath, main, this.folder, String(this.#agents)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    child.stderr.on('data', (text: Buffer) => (this.errors += text.toString()));
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the server ended before it was ready: ${this.errors}`);
    });
    ended.catch(() => undefined);
    await Promise.race([once(child.stdout, 'data'), ended]);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A harness's own connection with a loop that ends each turn at once; `onTurn` is what thinks. */
export interface Poller {
  /** Times of `performance.now` at which it was found to have no connection. */
  misses: number[];
  done: Promise<unknown>;
}

/** Polls for turns until `signal` aborts, through every restart of the server. */
export function poll(socket: string, agent: string, onTurn: (turn: Turn) => void, signal: AbortSignal): Poller {
  const misses: number[] = [];
  const log = { info: () => undefined, debug: () => void misses.push(performance.now()) } as unknown as Logger;
  const link = createLink({
    ...{ socket, log, nonce: nonceOf(agent), build: 'test' },
    onHello: async () => undefined,
    onControl: () => undefined,
  });
  const done = Promise.all([link.run(signal), loop(link, onTurn, signal)]);
  done.catch(() => undefined);
  return { misses, done };
}

async function loop(link: Link, onTurn: (turn: Turn) => void, signal: AbortSignal): Promise<void> {
  const always = { signal, budgetMs: Infinity };
  while (!signal.aborted) {
    const { value: turn } = await link.call(methods.next, { max: 4 }, always);
    onTurn(turn);
    const presented = turn.deliveries.map(({ delivery }) => delivery);
    await link.call(methods.turnEnd, { turn: turn.turn, outcome: 'ok', presented }, always);
  }
}
