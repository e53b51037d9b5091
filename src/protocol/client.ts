import type { Socket } from 'node:net';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { encodeLine, LineSplitter, parseLine } from '#src/lib/json-lines.ts';
import { problemsOf } from '#src/lib/shape-problems.ts';
import { checkWelcome, dial, openSocket } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { errorFrame, eventFrame, MAX_FRAME_BYTES, okFrame } from './frames.ts';
import type { AgentService, ErrorFrame } from './frames.ts';
import type { Input, Method, Output, StreamEvent } from './method.ts';
import type { z } from 'zod';

/** For whom a call is, and how long it is waited for. */
export interface CallOptions {
  /** web.sock: the token of the signed-in person for whom the web process calls. */
  session?: string;
  /** Gives up waiting; the daemon may do what was asked all the same. */
  signal?: AbortSignal;
}

/** A stream after its first answer; `ended` resolves when the connection closes and rejects when the daemon ends it with an error. */
export interface Stream<M extends Method> {
  answer: Output<M>;
  ended: Promise<void>;
}

/** A connection to one of the hive's sockets. Any number of calls may be in flight; answers are matched by number, not by order. */
export interface Client extends AsyncDisposable {
  /** Throws the daemon's refusal, or `unavailable` when the connection closed first: then nobody knows whether it was done. */
  call<M extends Method>(method: M, input: Input<M>, options?: CallOptions): Promise<Output<M>>;
  /** Calls a streaming method; `onEvent` gets every event until the connection closes or `signal` aborts. */
  stream<M extends Method>(
    method: M,
    input: Input<M>,
    onEvent: (event: StreamEvent<M>) => void,
    options?: CallOptions,
  ): Promise<Stream<M>>;
  /** Resolves when the connection is over, whoever closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

interface Waiting {
  cmd: string;
  /** Gets the frame that answers the call. */
  answer(frame: Record<string, unknown>): void;
  event?(event: unknown): void;
  fail(error: HiveError): void;
}

/** Connects to `path` (see {@link openSocket} for options and errors) and speaks the hive's frames. */
export async function connect(path: string, options: ConnectOptions = {}): Promise<Client> {
  return new SocketClient(await openSocket(path, options));
}

/**
 * The same, without waiting until the daemon took the service: what is called at once goes out with the service line, and fails with what the daemon says against
 * it. Whoever calls limits how long that may take.
 */
export async function connectAhead(path: string, options: ConnectOptions & { service: AgentService }): Promise<Client> {
  return new SocketClient(await dial(path, options), options.service);
}

class SocketClient implements Client {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #waiting = new Map<string | number | undefined, Waiting>();
  readonly #splitter = new LineSplitter(MAX_FRAME_BYTES);
  #calls = 0;
  #broken: HiveError | undefined;
  /** Lines that go out together. */
  #unsent = '';
  /** What the next line answers. */
  #service: AgentService | undefined;

  /** `service` = it is still to be said. */
  constructor(socket: Socket, service?: AgentService) {
    this.#socket = socket;
    this.#service = service;
    if (service) this.#write(encodeLine({ hive: 1, service }));
    this.closed = new Promise((resolve) => socket.once('close', () => (this.#fail(undefined), resolve())));
    socket.on('error', (error) => this.#fail(new HiveError('unavailable', error.message, { cause: error })));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  async call<M extends Method>(method: M, input: Input<M>, options: CallOptions = {}): Promise<Output<M>> {
    return (await this.#request(method, input, options)).answer;
  }

  async stream<M extends Method>(
    method: M,
    input: Input<M>,
    onEvent: (event: StreamEvent<M>) => void,
    options: CallOptions = {},
  ): Promise<Stream<M>> {
    const shape = method.stream;
    if (!shape) throw new HiveError('internal', `${method.cmd} is no streaming method`);
    return this.#request(method, input, options, (event) => onEvent(parse(shape, event, method) as StreamEvent<M>));
  }

  close(): void {
    this.#flush();
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #request<M extends Method>(
    method: M,
    input: Input<M>,
    options: CallOptions,
    event?: (event: unknown) => void,
  ): Promise<Stream<M>> {
    const { session, signal } = options;
    const call = ++this.#calls;
    const ended = Promise.withResolvers<void>();
    ended.promise.catch(() => {});
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#socket.destroyed) throw this.#broken ?? closedEarly(method.cmd);
      const line = encodeLine({ ...(input as object), call, cmd: method.cmd, session }, MAX_FRAME_BYTES);
      const done = (act: () => void): void => {
        this.#waiting.delete(call);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => done(() => (reject(signal?.reason), ended.resolve()));
      const fail = (error: HiveError): void => done(() => (reject(error), ended.reject(error)));
      const answer = (frame: Record<string, unknown>): void => {
        const output = parse(method.output, frame, method) as Output<M>;
        if (!event) return done(() => resolve({ answer: output, ended: ended.promise }));
        this.#waiting.set(call, { cmd: method.cmd, answer: () => done(ended.resolve), event, fail });
        resolve({ answer: output, ended: ended.promise });
      };
      this.#waiting.set(call, { cmd: method.cmd, answer, fail });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#write(line);
    });
  }

  /** What is called in one go is one write: each costs both sides as much as a small call. */
  #write(line: string): void {
    if (this.#unsent === '') process.nextTick(() => this.#flush());
    this.#unsent += line;
  }

  #flush(): void {
    if (this.#unsent !== '' && !this.#socket.destroyed) this.#socket.write(this.#unsent);
    this.#unsent = '';
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#splitter.push(chunk)) this.#frame(parseLine(line));
    } catch (error) {
      this.#fail(toHiveError(error));
      this.#socket.destroy();
    }
  }

  #frame(frame: Record<string, unknown>): void {
    if (this.#service) return this.#welcome(frame, this.#service);
    if (frame.ok === false) return this.#refuse(errorFrame.parse(frame));
    const pushed = frame.event === undefined ? undefined : eventFrame.safeParse(frame).data;
    const answer = pushed ?? okFrame.parse(frame);
    const waiting = this.#waiting.get(answer.call);
    try {
      if (pushed) waiting?.event?.(pushed.event);
      else waiting?.answer(answer);
    } catch (error) {
      waiting?.fail(toHiveError(error));
    }
  }

  #welcome(answer: Record<string, unknown>, service: AgentService): void {
    this.#service = undefined;
    checkWelcome(answer, service);
  }

  /** A refusal without a number is about the connection: nothing that waits will be answered. */
  #refuse({ call, code, error: text, retry }: ErrorFrame): void {
    const error = new HiveError(code, text, { retry: retry ?? code === 'unavailable' });
    if (call === undefined) this.#fail(error);
    else this.#waiting.get(call)?.fail(error);
  }

  /** Ends everything that waits; `error` undefined = the connection closed. A stream that runs ends well when it closed. */
  #fail(error: HiveError | undefined): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.values()) {
      if (waiting.event && !this.#broken) waiting.answer({});
      else waiting.fail(this.#broken ?? closedEarly(waiting.cmd));
    }
  }
}

function closedEarly(cmd: string): HiveError {
  return new HiveError('unavailable', `the connection to the hive closed before ${cmd} was answered: try again`);
}

function parse(shape: z.ZodType, value: unknown, method: Method): unknown {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HiveError(
    'internal',
    `the hive's answer to ${method.cmd} is not understood (${problemsOf(shape, value).join('; ')}): when it runs another release, hive down and hive up start this one`,
  );
}
