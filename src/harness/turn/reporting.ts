/** Calls that tell the daemon of a turn while it runs, one at a time. */
export interface Reporting {
  /** Aborted = nothing more is told. */
  readonly signal: AbortSignal;
  /** Begins to tell, unless that is under way. */
  start(): void;
  /** No more calls; resolves when none is under way. */
  end(): Promise<void>;
}

/** Builds {@link Reporting}: `tell` says all there is to say and ends when the signal aborts. */
export function createReporting(tell: (signal: AbortSignal) => Promise<void>): Reporting {
  const over = new AbortController();
  let telling: Promise<void> | undefined;
  return {
    signal: over.signal,
    start() {
      // NOTE: a refusal means that the daemon gave this turn up; its end is reported all the same and judged there.
      telling ??= tell(over.signal)
        .catch(() => {})
        .finally(() => (telling = undefined));
    },
    async end() {
      over.abort();
      await telling;
    },
  };
}
