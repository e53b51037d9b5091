/** Why a live connection ends: the browser leaves the page, or comes back when the dashboard does. */
export type StreamEnd = 'signed out' | 'stopping';

/** The live connections of browsers, so that they end with the person's session or the process. */
export interface OpenStreams {
  /** Registers a connection; the returned function forgets it. */
  add(session: string, end: (why: StreamEnd) => void): () => void;
  /** Ends every connection of a session: the person signed out. */
  endOf(session: string): void;
  endAll(): void;
  /** True when one more would be too many. */
  full(): boolean;
}

const MOST_STREAMS = 64;

/** An empty register. */
export function openStreams(): OpenStreams {
  const streams = new Set<{ session: string; end: (why: StreamEnd) => void }>();
  return {
    add(session, end) {
      const stream = { session, end };
      streams.add(stream);
      return () => streams.delete(stream);
    },
    endOf(session) {
      for (const stream of streams) if (stream.session === session) stream.end('signed out');
    },
    endAll() {
      for (const stream of streams) stream.end('stopping');
    },
    full: () => streams.size >= MOST_STREAMS,
  };
}
