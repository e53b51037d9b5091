import { execa } from 'execa';
import type { Options } from 'execa';
import type { Logger } from 'pino';
import { turnEnvironment } from '../../turn-env.ts';
import type { TurnPlace } from '../../turn-env.ts';
import { emptyResult } from '../runtime.ts';
import type { Runtime, TurnOrder, TurnResult } from '../runtime.ts';
import { keepTail } from '../tail.ts';

/** Prints the message and exits 0. */
const DEFAULT_ARGV = ['cat'];
/** After SIGTERM a command has this long to end. */
const GRACE_MS = 5000;

/**
 * The `command` runtime: runs an argv with the wake prompt on standard input; exit 0 is a clean end. The prompt counts as read when all of it was written,
 * since nobody can tell how far a command read that was killed; what it takes with `hive recv` is confirmed by that client, and may have been read when it was
 * killed before it could.
 */
export function createCommandRuntime(place: TurnPlace, log: Logger): Runtime {
  return {
    run: (order) => runCommand(place, order, log),
    warmPids: () => [],
    async [Symbol.asyncDispose]() {},
  };
}

async function runCommand(place: TurnPlace, order: TurnOrder, log: Logger): Promise<TurnResult> {
  const [file, ...args] = order.config.command ?? DEFAULT_ARGV;
  const running = execa(file ?? '', args, commandOptions(place, order));
  const activity = order.config.command?.join(' ') ?? null;
  const stderr = keepTail(running.stderr);
  running.stdout.on('data', () => order.onActivity('tool', activity));
  let written = false;
  running.stdin.on('error', () => {}).end(order.prompt, () => (written = true));
  order.onActivity('tool', activity);
  const result = await running;
  log.info({ turn: order.turn, exit: result.exitCode ?? null }, 'command ended');
  const started = running.pid !== undefined;
  const got = { consumed: written && started, toldAll: !started };
  if (order.signal.aborted) return { ...emptyResult('cancelled', 'the turn was cancelled'), ...got };
  if (!result.failed) return { ...emptyResult('ok'), ...got };
  return { ...emptyResult('failed', `${result.shortMessage}\n${stderr()}`.trim()), ...got };
}

function commandOptions(place: TurnPlace, { config, turn, signal }: TurnOrder) {
  return {
    cwd: place.state,
    env: turnEnvironment(place, config, turn),
    extendEnv: false,
    cancelSignal: signal,
    forceKillAfterDelay: GRACE_MS,
    reject: false,
    stdin: 'pipe',
    stdout: ['pipe', 'inherit'],
    stderr: ['pipe', 'inherit'],
    buffer: false,
  } as const satisfies Options;
}
