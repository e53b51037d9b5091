import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { execa } from 'execa';
import type { Input } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { Link } from './link.ts';
import { signalTree } from './processes.ts';
import { turnEnvironment } from './turn-env.ts';
import type { TurnPlace } from './turn-env.ts';

/** Output of one frame in bytes; as JSON it stays far below a frame's limit. */
const CHUNK_BYTES = 48 * 1024;
const NOT_STARTED = 127;
/** From the request to end to the kill. */
const GRACE_MS = 2000;

/** The operator's commands in this container (`hive agents exec`). */
export interface Execs {
  /** Starts one; its output and exit code go to the daemon. */
  start(exec: number, argv: string[], config: HarnessConfig): void;
  /** Ends one that nobody watches any more, with everything it started. */
  end(exec: number): void;
  /** Ends all that run: with the connection to the daemon everybody who watched them is gone. */
  endAll(): void;
  /** Pids of what runs; a turn's end leaves them and their children alone. */
  pids(): number[];
}

function notStarted(file: string, code: string | undefined): string {
  return code === 'ENOENT' ? `there is no program "${file}" in this container` : `"${file}" cannot be run (${code})`;
}

/** Builds {@link Execs}. */
export function createExecs(link: Pick<Link, 'call'>, place: TurnPlace, signal: AbortSignal): Execs {
  const running = new Map<number, number>();

  async function run(exec: number, argv: string[], config: HarnessConfig): Promise<void> {
    const [file, ...args] = argv;
    const child = execa(file ?? '', args, {
      cwd: place.state,
      env: turnEnvironment(place, config, null),
      extendEnv: false,
      cancelSignal: signal,
      reject: false,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
    });
    if (child.pid !== undefined) running.set(exec, child.pid);
    const outputs = [forward(exec, 'stdout', child.stdout), forward(exec, 'stderr', child.stderr)];
    const result = await child;
    running.delete(exec);
    await Promise.all(outputs);
    if (child.pid === undefined)
      await say({ exec, stream: 'stderr', data: `hive: ${notStarted(file ?? '', result.code)}\n` });
    await say({ exec, exit_code: result.exitCode ?? (child.pid === undefined ? NOT_STARTED : 128) });
  }

  /** Waits for each piece to be taken before it reads on. */
  async function forward(exec: number, stream: 'stdout' | 'stderr', from: Readable): Promise<void> {
    const decoder = new StringDecoder('utf8');
    for await (const piece of from) {
      const bytes = piece as Buffer;
      for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
        const data = decoder.write(bytes.subarray(start, start + CHUNK_BYTES));
        if (data) await say({ exec, stream, data });
      }
    }
    const rest = decoder.end();
    if (rest) await say({ exec, stream, data: rest });
  }

  async function say(output: Input<typeof methods.execOutput>): Promise<void> {
    await link.call(methods.execOutput, output, { signal });
  }

  function end(exec: number): void {
    const pid = running.get(exec);
    if (pid === undefined) return;
    signalTree(pid, 'SIGTERM');
    setTimeout(() => running.has(exec) && signalTree(pid, 'SIGKILL'), GRACE_MS).unref();
  }

  return {
    // NOTE: what cannot be told any more (the operator left, the harness ends) has nobody to tell it to.
    start: (exec, argv, config) => void run(exec, argv, config).catch(() => {}),
    end,
    endAll: () => [...running.keys()].forEach(end),
    pids: () => [...running.values()],
  };
}
