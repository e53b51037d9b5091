import { randomInt } from 'node:crypto';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { Parsed } from '#src/protocol/method.ts';
import type { ControlEvent } from '#src/protocol/methods/harness.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { ExecEvent } from './api.ts';

/** Where a harness takes orders. */
type Channel = (event: ControlEvent) => void;

/** A command to run in an agent's container; `starting` = it has one, whether its harness listens already or not. */
interface Command {
  agent: string;
  argv: string[];
  starting: boolean;
}

interface Exec {
  agent: string;
  onEvent(event: ExecEvent): void;
}

/** An exec for a container that runs waits this long for its harness to say hello. */
const ATTACH_MS = 10_000;
/** Exit code of an exec whose container or harness went away. */
const GONE = 255;

/** The channels on which harnesses take orders, and the execs that run through them. */
export class Controls {
  readonly #channels = new Map<string, Channel>();
  readonly #execs = new Map<number, Exec>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #clock: Clock;
  /** What is left of an earlier daemon's execs is not taken for one of this one. */
  #lastExec = randomInt(2 ** 47);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Becomes the agent's channel, in place of an earlier one, whose execs end; the returned function ends it. */
  attach(agent: string, channel: Channel): () => void {
    this.#endExecs(agent);
    this.#channels.set(agent, channel);
    for (const go of this.#waiting.get(agent) ?? []) go();
    return () => {
      if (this.#channels.get(agent) !== channel) return;
      this.#channels.delete(agent);
      this.#endExecs(agent);
    };
  }

  /** Gives an order; false when no harness listens. */
  order(agent: string, event: ControlEvent): boolean {
    const channel = this.#channels.get(agent);
    channel?.(event);
    return channel !== undefined;
  }

  /** Starts a command in the container; answers its number. Waits for a harness that is just starting; throws `unavailable` when none listens. */
  async exec(
    { agent, argv, starting }: Command,
    onEvent: (event: ExecEvent) => void,
    signal: AbortSignal,
  ): Promise<number> {
    if (starting && !this.#channels.has(agent)) await this.#attached(agent, signal);
    const exec = ++this.#lastExec;
    this.#execs.set(exec, { agent, onEvent });
    signal.addEventListener('abort', () => this.#abandon(agent, exec), { once: true });
    if (this.order(agent, { type: 'exec', exec, argv })) return exec;
    this.#execs.delete(exec);
    throw new HiveError('unavailable', `${agent} is not running: see hive status, then try again`);
  }

  /** What a harness reports of an exec; of another agent's it is refused, of one that nobody watches it is dropped. */
  execOutput(agent: string, { exec: id, stream, data, exit_code }: Parsed<(typeof methods)['execOutput']>): void {
    const exec = this.#execs.get(id);
    if (!exec) return;
    if (exec.agent !== agent) throw new HiveError('forbidden', `exec ${id} is not ${agent}'s`);
    if (stream !== undefined && data !== undefined) exec.onEvent({ type: 'output', stream, data });
    if (exit_code === undefined) return;
    this.#execs.delete(id);
    exec.onEvent({ type: 'exit', exit_code });
  }

  /** Resolves when the agent's harness takes orders, after {@link ATTACH_MS}, or when nobody waits for it any more. */
  #attached(agent: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(agent) ?? new Set();
    this.#waiting.set(agent, waiting);
    return new Promise((resolve) => {
      const go = (): void => {
        cancel();
        signal.removeEventListener('abort', go);
        waiting.delete(go);
        resolve();
      };
      const cancel = this.#clock.after(ATTACH_MS, go);
      signal.addEventListener('abort', go, { once: true });
      waiting.add(go);
    });
  }

  /** Nobody watches: a command that still runs is ended. */
  #abandon(agent: string, exec: number): void {
    if (this.#execs.delete(exec)) this.order(agent, { type: 'end_exec', exec });
  }

  #endExecs(agent: string): void {
    for (const [id, exec] of this.#execs) {
      if (exec.agent !== agent) continue;
      this.#execs.delete(id);
      exec.onEvent({
        type: 'output',
        stream: 'stderr',
        data: `hive: the container of ${agent} ended or was replaced\n`,
      });
      exec.onEvent({ type: 'exit', exit_code: GONE });
    }
  }
}
