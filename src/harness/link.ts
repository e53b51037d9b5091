import type { Logger } from 'pino';
import { pauseBeforeRetry } from '#src/lib/backoff.ts';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { connectAhead } from '#src/protocol/client.ts';
import type { Client, Stream } from '#src/protocol/client.ts';
import { isHiveDown } from '#src/protocol/connect.ts';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import type { Input, Method, Output } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { ControlEvent } from '#src/protocol/methods/harness.ts';
import { withRetry } from '#src/protocol/retry.ts';
import type { Retried } from '#src/protocol/retry.ts';
import { SocketWatch } from './socket-watch.ts';

/** How long the daemon may believe that an earlier connection of this harness still lives. */
const CONFLICT_MS = 60_000;
/** A hello that is not answered within this time counts as a broken connection. */
const HELLO_MS = 20_000;
/** A call that waits for the connection looks after its budget this often. */
const LOOK_MS = 1000;

/** What the daemon answers to a hello. */
export type Hello = Output<typeof methods.hello>;

/** What {@link createLink} is built from. */
export interface LinkOptions {
  socket: string;
  nonce: string;
  build: string;
  log: Logger;
  /** Told after every hello, before anything else is called on that connection. */
  onHello: (hello: Hello, client: Client) => Promise<void>;
  onControl: (event: ControlEvent) => void;
}

/** The harness's own connection to the daemon, kept up for ever: daemon restarts are survived with the same nonce. */
export interface Link {
  /** Connects, says hello, and does so again whenever the connection breaks. Resolves when `signal` aborts; throws when the daemon refuses this session for good. */
  run(signal: AbortSignal): Promise<void>;
  /** Calls on the current connection; while there is none the call waits and is repeated, at most for `budgetMs`. */
  call<M extends Method>(method: M, input: Input<M>, options?: LinkCallOptions): Promise<Retried<Output<M>>>;
}

/** How long a call may take, and when it may go out. */
export interface LinkCallOptions {
  signal?: AbortSignal;
  /**
   * Nothing of this harness has to be said before it: it goes out in one piece with the hello of a new connection, once an earlier one was told of, and its answer
   * comes after what the hello's told.
   */
  withHello?: boolean;
  /** Default 60 s; `Infinity` for what must be said whenever the daemon is back. */
  budgetMs?: number;
}

/** A connection, from the moment its hello went out. */
interface Line {
  client: Client;
  /** Resolves when the hello was answered and the harness told of it; rejects when that will not be. */
  told: Promise<void>;
  /** It was. */
  open: boolean;
}

/** Builds {@link Link}; `run` connects. */
export function createLink(options: LinkOptions): Link {
  let line: Line | undefined;
  // What a harness before this one left to be said is said after the first hello.
  let caughtUp = false;
  const greeting = new Signal();
  const connected = new Signal();
  const serving = (now: Line | undefined): void => {
    line = now;
    caughtUp ||= now?.open === true;
    if (now) greeting.give();
    if (now?.open) connected.give();
  };

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let conflictSince: number | undefined;
    using watch = new SocketWatch(options.socket);
    while (!signal.aborted) {
      let down = false;
      try {
        await serve(options, { signal, there: () => watch[Symbol.dispose](), serving });
        failures = 0;
        conflictSince = undefined;
      } catch (thrown) {
        if (signal.aborted) return;
        if (thrown instanceof HelloRefused) {
          if (!thrown.error.retry) throw thrown.error;
          conflictSince ??= performance.now();
          if (performance.now() - conflictSince > CONFLICT_MS) throw thrown.error;
        }
        down = isHiveDown(thrown);
        options.log.debug({ err: thrown }, 'not connected');
      }
      await watch.pause(failures++, down, signal);
    }
  }

  async function call<M extends Method>(
    method: M,
    input: Input<M>,
    { signal, budgetMs, withHello = false }: LinkCallOptions = {},
  ): Promise<Retried<Output<M>>> {
    const attempt = async (): Promise<Output<M>> => {
      if (!line || !(line.open || (withHello && caughtUp))) throw restarting();
      const answer = line.client.call(method, input, signal ? { signal } : {});
      return line.open ? answer : behindHello(line, answer);
    };
    const pause = (retries: number): Promise<void> => {
      if (line?.open) return pauseBeforeRetry(retries, signal);
      return (withHello && caughtUp && !line ? greeting : connected).wait(signal);
    };
    return withRetry(attempt, { pause, ...(signal && { signal }), ...(budgetMs !== undefined && { budgetMs }) });
  }

  return { run, call };
}

/** The answer to a call that went out with a hello; when that is refused the call was never looked at, and is made again. */
async function behindHello<T>({ told }: Line, answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  await told.catch(() => {
    throw restarting();
  });
  return answer;
}

function restarting(): HiveError {
  return new HiveError('unavailable', 'the hive is being restarted: try again in a moment');
}

/** Where one connection is told of. */
interface Serving {
  signal: AbortSignal;
  /** The daemon answers. */
  there(): void;
  /** The connection that takes calls from now on, or takes more of them. */
  serving(line: Line | undefined): void;
}

/** Connects and says hello; resolves when the connection is over. Service, hello and what may go with the hello are one piece. */
async function serve(options: LinkOptions, { signal, there, serving }: Serving): Promise<void> {
  await using main = await connectAhead(options.socket, { service: 'rpc', signal });
  const end = (): void => main.close();
  signal.throwIfAborted();
  signal.addEventListener('abort', end);
  try {
    const early = new EarlyOrders(options.onControl);
    const greeting = sayHello(main, options, early.take);
    const told = tell(options, main, greeting, early);
    told.catch(() => undefined);
    serving({ client: main, told, open: false });
    const { answer: hello, ended } = await greeting;
    there();
    await told;
    serving({ client: main, told, open: true });
    options.log.info({ session: hello.session, resumed: hello.resumed }, 'connected to the hive');
    await Promise.race([main.closed, ended.catch(() => undefined)]);
  } finally {
    serving(undefined);
    signal.removeEventListener('abort', end);
  }
}

/** Tells the harness of its hello, then of the orders that came meanwhile. */
async function tell(
  { onHello }: LinkOptions,
  main: Client,
  greeting: Promise<Stream<typeof methods.hello>>,
  early: EarlyOrders,
): Promise<void> {
  const told = onHello((await greeting).answer, main);
  early.end();
  await told;
}

/** Orders that came in one piece with the answer to the hello: they wait until the harness was told of that. */
class EarlyOrders {
  readonly #onControl: LinkOptions['onControl'];
  #waiting: ControlEvent[] | undefined = [];

  constructor(onControl: LinkOptions['onControl']) {
    this.#onControl = onControl;
  }

  readonly take = (order: ControlEvent): void => {
    if (this.#waiting) this.#waiting.push(order);
    else this.#onControl(order);
  };

  end(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const order of waiting) this.#onControl(order);
  }
}

/** Tells those who wait for a connection that there is one. */
class Signal {
  readonly #waiting = new Set<() => void>();

  give(): void {
    for (const go of this.#waiting) go();
  }

  /** Resolves when it is given, after {@link LOOK_MS}, or when `signal` aborts. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve: go } = Promise.withResolvers<void>();
    const onAbort = (): void => go();
    const timer = setTimeout(go, LOOK_MS);
    this.#waiting.add(go);
    signal?.addEventListener('abort', onAbort);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(go);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The daemon knows this harness no more, or not yet: its code says which. */
class HelloRefused extends Error {
  readonly error: HiveError;

  constructor(error: HiveError) {
    super(error.message);
    this.error = error;
  }
}

async function sayHello(
  client: Client,
  { nonce, build }: LinkOptions,
  onOrder: (order: ControlEvent) => void,
): Promise<Stream<typeof methods.hello>> {
  const input = { nonce, protocol: PROTOCOL_VERSION, build, pid: process.pid };
  const late = setTimeout(() => client.close(), HELLO_MS);
  try {
    return await client.stream(methods.hello, input, onOrder);
  } catch (thrown) {
    const error = toHiveError(thrown);
    throw ['forbidden', 'invalid', 'not_found', 'conflict'].includes(error.code) ? new HelloRefused(error) : error;
  } finally {
    clearTimeout(late);
  }
}
