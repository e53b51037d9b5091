import { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import type { Seen, TurnResult } from '../runtimes/runtime.ts';
import type { CurrentTurn } from './current-turn.ts';
import { createReporting } from './reporting.ts';
import type { TurnStart } from './run-turn.ts';

/** What one call names at the most. */
const AT_ONCE = 64;

/** Tells the daemon at once what the runtime provably got: when the container dies afterwards, that was an attempt. */
export interface PresentedReport {
  report: (seen: Seen) => void;
  /** No more reports; resolves when none is under way. The turn's end repeats them all. */
  end(): Promise<void>;
}

/** Builds {@link PresentedReport}. */
export function createPresentedReport(link: Pick<Link, 'call'>, start: TurnStart, turn: CurrentTurn): PresentedReport {
  const told = new Set<number>();
  let latest: Seen = { consumed: false, seen: [] };

  const untold = (): number[] =>
    presentedOf(start, turn, latest)
      .filter((id) => !told.has(id))
      .slice(0, AT_ONCE);

  const reporting = createReporting(async (signal) => {
    for (let deliveries = untold(); deliveries.length > 0 && !signal.aborted; deliveries = untold()) {
      for (const id of deliveries) told.add(id);
      await link.call(methods.presented, { turn: turn.id, deliveries }, { signal, budgetMs: Infinity });
    }
  });

  return {
    report(seen) {
      if (reporting.signal.aborted) return;
      latest = seen;
      if (untold().length > 0) reporting.start();
    },
    end: () => reporting.end(),
  };
}

/** What certainly did not get to the runtime: what is still in the harness's hands, and what a runtime that tells all does not tell of. */
export function unseenOf(start: TurnStart, turn: CurrentTurn, result: TurnResult): number[] {
  const kept = turn.unread.filter(({ page }) => page === 0).map(({ message }) => message.delivery);
  const handed = result.toldAll ? [...start.deliveries.map(({ delivery }) => delivery), ...turn.shown] : [];
  return [...new Set([...kept, ...handed]).difference(new Set(presentedOf(start, turn, result)))];
}

/** Presented = in a wake prompt that was read, or handed out by `recv` and seen in the runtime's stream. */
export function presentedOf(start: TurnStart, { shown }: CurrentTurn, { consumed, seen }: Seen): number[] {
  const woken = consumed ? start.deliveries.map(({ delivery }) => delivery) : [];
  return [...new Set([...woken, ...seen.filter((id) => shown.has(id))])];
}
