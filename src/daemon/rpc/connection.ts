import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { HiveError } from '#src/lib/errors.ts';
import { encodeLine, LineSplitter, parseLine } from '#src/lib/json-lines.ts';
import { MAX_FRAME_BYTES, type RequestFrame, requestFrame } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Principal } from './api.ts';
import type { InFlight } from './in-flight.ts';
import { lastWord } from './last-word.ts';
import { errorReply } from './reply.ts';

/** Calls that one connection may have under way, and streams it may hold open. */
const MAX_IN_FLIGHT = 64;
/** What a peer may leave unread before it is cut (F12 of FACTS/faults-and-attacks). */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** Frames that are longer together are not kept until the tick ends. */
const MAX_UNSENT = 16 * 1024;
/** A line that has begun must end within this time: a peer that sends a byte now and then keeps a place for nothing (F13). */
const LINE_MS = 30_000;
/** Who calls without waiting to be welcomed is welcomed together with the first answer when that comes within this time. */
const WELCOME_MS = 1000;

/** What serves the calls of a connection. */
export type Serve = (frame: RequestFrame, connection: Connection) => Promise<void>;

/** How a connection is told apart and when it ends by itself. */
export interface ConnectionOptions {
  principal: Principal;
  serve: Serve;
  /** The whole daemon's calls under way. */
  inFlight: InFlight;
  log: Logger;
  /** The peer's end of input ends the connection at once (agents); else what is under way is answered first. */
  endsWithInput: boolean;
  /** How long a line may take from its first byte to its last; {@link LINE_MS} unless told. */
  lineMs?: number;
}

/** One peer that speaks JSON lines. Whose it is was decided when its socket accepted it. */
export class Connection {
  principal: Principal;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #splitter = new LineSplitter(MAX_FRAME_BYTES);
  #inFlight = 0;
  #lineTimer: NodeJS.Timeout | undefined;
  #welcomeTimer: NodeJS.Timeout | undefined;
  /** Frames that go out together. */
  #unsent = '';
  #flushing = false;
  /** A hello that is not answered yet. */
  #binding: Promise<void> | undefined;
  #inputEnded = false;
  /** What came was no frame: nothing after it is read. */
  #broken = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.principal = options.principal;
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('end', () => this.#onInputEnd());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(this.#lineTimer);
      clearTimeout(this.#welcomeTimer);
      this.#closing.abort();
    });
    socket.resume();
  }

  /** Says `welcome`, then serves what came already. */
  begin(welcome: string, begun: Buffer): void {
    this.#unsent = welcome;
    if (begun.length === 0) return this.#flush();
    this.#welcomeTimer = setTimeout(() => this.#flush(), WELCOME_MS).unref();
    this.take(begun);
  }

  /** Aborted when the connection closes or the daemon stops. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** Sends one frame, with what else is sent before this tick ends; a peer that reads too slowly is cut. Throws `limited` when the frame is too long. */
  send(frame: Record<string, unknown>): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#unsent += encodeAnswer(frame);
    if (this.#unsent.length >= MAX_UNSENT) this.#flush();
    else if (!this.#flushing) process.nextTick(() => this.#flush());
    this.#flushing = this.#unsent !== '';
    const unread = this.#socket.writableLength;
    if (unread <= MAX_UNREAD_BYTES) return;
    this.#options.log.warn({ principal: this.principal.kind, unread }, 'cut a slow reader');
    this.#socket.destroy();
  }

  /** Serves what came, in order. */
  take(chunk: Buffer): void {
    if (this.#broken) return;
    try {
      for (const line of this.#splitter.push(chunk)) {
        this.#clearLineTimer();
        if (line.trim() !== '') this.#line(line);
      }
    } catch (error) {
      return this.#break(error);
    }
    if (this.#splitter.pendingBytes > 0) this.#lineTimer ??= this.#startLineTimer();
  }

  /** Tells waiting calls to give up; ends the connection when nothing is under way any more. */
  drain(): void {
    this.#inputEnded = true;
    this.#socket.pause();
    this.#closing.abort();
    this.#endWhenIdle();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    clearTimeout(this.#welcomeTimer);
    this.#flushing = false;
    const { destroyed, writableEnded } = this.#socket;
    if (this.#unsent !== '' && !destroyed && !writableEnded) this.#socket.write(this.#unsent);
    this.#unsent = '';
  }

  #startLineTimer(): NodeJS.Timeout {
    const { lineMs = LINE_MS } = this.#options;
    const slow = (): void =>
      this.#break(new HiveError('invalid', `a line was not whole after ${lineMs / 1000} s: send it at once`));
    return setTimeout(slow, lineMs).unref();
  }

  #clearLineTimer(): void {
    clearTimeout(this.#lineTimer);
    this.#lineTimer = undefined;
  }

  #break(error: unknown): void {
    this.#broken = true;
    this.#clearLineTimer();
    this.#flush();
    lastWord(this.#socket, error);
  }

  #line(line: string): void {
    const frame = requestFrame.safeParse(parseLine(line));
    if (!frame.success) throw new HiveError('invalid', 'a request needs "cmd", a text: {"cmd":"status"}');
    const { call } = frame.data;
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      const limited = `${MAX_IN_FLIGHT} calls of this connection are under way: wait for answers`;
      this.send(errorReply(call, new HiveError('limited', limited, { retry: true })));
      return;
    }
    const bytes = line.length;
    if (!this.#options.inFlight.enter(bytes)) {
      const full = 'the hive has as much to do as its memory allows: try again in a moment';
      this.send(errorReply(call, new HiveError('limited', full, { retry: true })));
      return;
    }
    this.#inFlight++;
    void this.#serve(frame.data).finally(() => {
      this.#inFlight--;
      this.#options.inFlight.leave(bytes);
      this.#endWhenIdle();
    });
  }

  /** What comes behind a hello is answered after it, and refused with it. */
  async #serve(frame: RequestFrame): Promise<void> {
    try {
      while (this.#binding) await this.#binding;
      const serving = this.#options.serve(frame, this);
      if (frame.cmd === methods.hello.cmd) this.#binding = serving;
      await serving;
    } catch (error) {
      this.send(errorReply(frame.call, error));
    } finally {
      if (frame.cmd === methods.hello.cmd) this.#binding = undefined;
    }
  }

  #onInputEnd(): void {
    this.#inputEnded = true;
    if (this.#options.endsWithInput) return void this.#socket.destroy();
    if (this.#splitter.pendingBytes > 0 && !this.#broken)
      return this.#break(new HiveError('invalid', 'the input ended in the middle of a line: end each with a newline'));
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (!this.#inputEnded || this.#inFlight > 0) return;
    this.#flush();
    this.#socket.end();
  }
}

function encodeAnswer(frame: Record<string, unknown>): string {
  try {
    return encodeLine(frame, MAX_FRAME_BYTES);
  } catch (error) {
    throw new HiveError('limited', 'the answer is longer than 1 MiB: ask for less at once (max)', { cause: error });
  }
}
