import { connect } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Client } from '#src/protocol/client.ts';
import type { Input, Method, Output, StreamEvent } from '#src/protocol/method.ts';

/** What the web process gets from the daemon: everything, and only with the person's session in each call. */
export interface Daemon extends AsyncDisposable {
  /** Throws the daemon's refusal (`forbidden` when nobody is signed in with this session) or `unavailable` while it is down. */
  call<M extends Method>(method: M, input: Input<M>, session: string | null): Promise<Output<M>>;
  /**
   * Follows events after `after` (undefined = only new ones) on a connection of its own, which `signal` closes.
   * `ended` resolves when the daemon or the signal ended it.
   */
  follow(options: FollowOptions): Promise<{ ended: Promise<void> }>;
}

/** Which events are followed, for whom, and until when. */
export interface FollowOptions {
  after: number | undefined;
  session: string;
  signal: AbortSignal;
  onEvent(event: StreamEvent<typeof methods.subscribe>): void;
}

/** Speaks to the daemon over `socket`; connects at the first call, and again after the daemon was away. */
export function openDaemon(socket: string): Daemon {
  let shared: Promise<Client> | undefined;

  function sharedClient(): Promise<Client> {
    if (shared) return shared;
    const opening = connect(socket);
    const forget = (): void => {
      if (shared === opening) shared = undefined;
    };
    opening.then((client) => client.closed.then(forget), forget);
    shared = opening;
    return opening;
  }

  return {
    async call(method, input, session) {
      const client = await sharedClient();
      return client.call(method, input, session === null ? {} : { session });
    },
    async follow({ after, session, signal, onEvent }) {
      const client = await connect(socket, { signal });
      signal.addEventListener('abort', () => client.close(), { once: true });
      try {
        const input = after === undefined ? {} : { after };
        const stream = await client.stream(methods.subscribe, input, onEvent, { session });
        return { ended: stream.ended.finally(() => client.close()) };
      } catch (error) {
        client.close();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      const client = await shared?.catch(() => undefined);
      await client?.[Symbol.asyncDispose]();
    },
  };
}
