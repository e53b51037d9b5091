import type { TurnPhase } from '#src/protocol/methods/harness.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import type { CurrentTurn } from './current-turn.ts';

/** The same phase and activity is said again only after this long: it proves that the runtime still makes events. */
const REPEAT_MS = 10_000;
const ACTIVITY_CHARACTERS = 200;

/** Tells the daemon what a turn does, one call at a time and only the latest; its answer may cancel the turn. */
export interface ActivityReport {
  report: (phase: TurnPhase, activity: string | null) => void;
  /** No more reports; resolves when none is under way. */
  end(): Promise<void>;
}

export function createActivityReport(link: Pick<Link, 'call'>, turn: CurrentTurn): ActivityReport {
  const over = new AbortController();
  let latest: { phase: TurnPhase; activity: string | null } | undefined;
  let said = { text: '', at: -Infinity };
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (latest && !over.signal.aborted) {
      const { phase, activity } = latest;
      latest = undefined;
      const input = { turn: turn.id, phase, activity };
      const { value } = await link.call(methods.turnActivity, input, { signal: over.signal, budgetMs: Infinity });
      if (value.cancel) turn.cancel('the hive asked for it');
    }
  }

  return {
    report(phase, activity) {
      const short = activity === null ? null : clip(activity);
      const text = `${phase} ${short}`;
      const now = performance.now();
      if (over.signal.aborted || (text === said.text && now - said.at < REPEAT_MS)) return;
      said = { text, at: now };
      latest = { phase, activity: short };
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

function clip(activity: string): string {
  const line = activity.replaceAll(/\s+/g, ' ').trim();
  return line.length <= ACTIVITY_CHARACTERS ? line : `${line.slice(0, ACTIVITY_CHARACTERS - 1)}…`;
}
