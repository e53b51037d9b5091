import { excerpt } from '#src/lib/excerpt.ts';
import type { TurnPhase } from '#src/protocol/methods/harness.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import type { CurrentTurn } from './current-turn.ts';
import { createReporting } from './reporting.ts';

/** The same phase and activity is said again only after this long: it proves that the runtime still makes events. */
const REPEAT_MS = 10_000;

/** Tells the daemon what a turn does, one call at a time and only the latest; its answer may cancel the turn. */
export interface ActivityReport {
  report: (phase: TurnPhase, activity: string | null) => void;
  /** No more reports; resolves when none is under way. */
  end(): Promise<void>;
}

/** Builds {@link ActivityReport}. */
export function createActivityReport(link: Pick<Link, 'call'>, turn: CurrentTurn): ActivityReport {
  let latest: { phase: TurnPhase; activity: string | null } | undefined;
  let said = { text: '', at: -Infinity };

  const reporting = createReporting(async (signal) => {
    while (latest && !signal.aborted) {
      const { phase, activity } = latest;
      latest = undefined;
      const input = { turn: turn.id, phase, activity };
      const { value } = await link.call(methods.turnActivity, input, { signal, budgetMs: Infinity });
      if (value.cancel) turn.cancel('the hive asked for it');
    }
  });

  return {
    report(phase, activity) {
      const short = activity === null ? null : excerpt(activity);
      const text = `${phase} ${short}`;
      const now = performance.now();
      if (reporting.signal.aborted || (text === said.text && now - said.at < REPEAT_MS)) return;
      said = { text, at: now };
      latest = { phase, activity: short };
      reporting.start();
    },
    end: () => reporting.end(),
  };
}
