import type { HiveError } from '#src/lib/errors.ts';
import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';

type M = typeof methods;

/** A `next` that waits for a turn of its session. */
export interface NextWaiter {
  kind: 'next';
  agent: string;
  session: number;
  max: number;
  resolve(answer: Output<M['next']>): void;
  reject(error: unknown): void;
}

/** A `recv` that waits for mail: into a running turn, or only to look. */
export interface RecvWaiter {
  kind: 'recv';
  agent: string;
  turn: number | null;
  max: number;
  key?: string | undefined;
  resolve(answer: Output<M['recv']>): void;
  reject(error: unknown): void;
}

/** A call that mail settles. */
export type Waiter = NextWaiter | RecvWaiter;

/** Calls that wait for mail, by agent; each settles once and is forgotten. Lists stay when they are empty: see `Lanes`. */
export class Waiters {
  readonly #byAgent = new Map<string, Waiter[]>();
  /** A connection's signal serves all of its calls: it is listened to once, which costs more than the rest of waiting. */
  readonly #bySignal = new WeakMap<AbortSignal, Waiter[]>();

  of(agent: string): Waiter[] {
    return [...(this.#byAgent.get(agent) ?? [])];
  }

  has(agent: string): boolean {
    return (this.#byAgent.get(agent)?.length ?? 0) > 0;
  }

  /** The answer that a later {@link settle}, {@link refuse} or the abort of `signal` gives. */
  nextTurn(call: Omit<NextWaiter, 'kind' | 'resolve' | 'reject'>, signal: AbortSignal): Waiting<NextWaiter> {
    return this.#add<NextWaiter>(signal, (settle) => ({ ...call, ...settle, kind: 'next' }));
  }

  mail(call: Omit<RecvWaiter, 'kind' | 'resolve' | 'reject'>, signal: AbortSignal): Waiting<RecvWaiter> {
    return this.#add<RecvWaiter>(signal, (settle) => ({ ...call, ...settle, kind: 'recv' }));
  }

  refuse(waiters: Waiter[], error: HiveError): void {
    for (const waiter of [...waiters]) waiter.reject(error);
  }

  all(): Waiter[] {
    return [...this.#byAgent.values()].flat();
  }

  #add<W extends Waiter>(signal: AbortSignal, build: (settle: Settle<Answer<W>>) => W): Waiting<W> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<W>>();
    const ofSignal = this.#under(signal);
    const done = (settle: () => void): void => {
      remove(ofSignal, waiter);
      remove(ofAgent, waiter);
      settle();
    };
    const waiter = build({
      resolve: (value) => done(() => resolve(value)),
      reject: (error) => done(() => reject(error)),
    });
    const ofAgent = this.#of(waiter.agent);
    ofAgent.push(waiter);
    ofSignal.push(waiter);
    if (signal.aborted) waiter.reject(signal.reason);
    return { waiter, promise };
  }

  /** Waiters that end with a signal. */
  #under(signal: AbortSignal): Waiter[] {
    const known = this.#bySignal.get(signal);
    if (known) return known;
    const waiters: Waiter[] = [];
    this.#bySignal.set(signal, waiters);
    const abort = (): void => {
      for (const waiter of waiters) waiter.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    return waiters;
  }

  #of(agent: string): Waiter[] {
    const known = this.#byAgent.get(agent);
    if (known) return known;
    const waiters: Waiter[] = [];
    this.#byAgent.set(agent, waiters);
    return waiters;
  }
}

function remove(waiters: Waiter[], waiter: Waiter): void {
  const place = waiters.indexOf(waiter);
  if (place >= 0) waiters.splice(place, 1);
}

/** What a waiter's call answers. */
type Answer<W extends Waiter> = Parameters<W['resolve']>[0];

interface Settle<T> {
  resolve(answer: T): void;
  reject(error: unknown): void;
}

/** A call that waits, and its answer. */
export interface Waiting<W extends Waiter> {
  waiter: W;
  promise: Promise<Answer<W>>;
}
