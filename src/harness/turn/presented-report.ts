import { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import type { Seen } from '../runtimes/runtime.ts';
import type { CurrentTurn } from './current-turn.ts';
import type { TurnStart } from './run-turn.ts';

/** What one call names at the most. */
const AT_ONCE = 64;

/** Tells the daemon at once what the runtime provably got: when the container dies afterwards, that was an attempt. */
export interface PresentedReport {
  report: (seen: Seen) => void;
  /** No more reports; resolves when none is under way. The turn's end repeats them all. */
  end(): Promise<void>;
}

export function createPresentedReport(link: Pick<Link, 'call'>, start: TurnStart, turn: CurrentTurn): PresentedReport {
  const over = new AbortController();
  const told = new Set<number>();
  let latest: Seen = { consumed: false, seen: [] };
  let sending: Promise<void> | undefined;

  const untold = (): number[] =>
    presentedOf(start, turn, latest)
      .filter((id) => !told.has(id))
      .slice(0, AT_ONCE);

  async function send(): Promise<void> {
    for (let deliveries = untold(); deliveries.length > 0 && !over.signal.aborted; deliveries = untold()) {
      for (const id of deliveries) told.add(id);
      await link.call(methods.presented, { turn: turn.id, deliveries }, { signal: over.signal, budgetMs: Infinity });
    }
  }

  return {
    report(seen) {
      if (over.signal.aborted) return;
      latest = seen;
      if (untold().length === 0) return;
      // NOTE: a refusal means that the daemon gave this turn up; its end is reported all the same and judged there.
      sending ??= send()
        .catch(() => {})
        .finally(() => (sending = undefined));
    },
    async end() {
      over.abort();
      await sending;
    },
  };
}

/** Presented = in a wake prompt that was read, or handed out by `recv` and seen in the runtime's stream. */
export function presentedOf(start: TurnStart, { shown }: CurrentTurn, { consumed, seen }: Seen): number[] {
  const woken = consumed ? start.deliveries.map(({ delivery }) => delivery) : [];
  return [...new Set([...woken, ...seen.filter((id) => shown.has(id))])];
}
