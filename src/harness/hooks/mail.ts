import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import type { CurrentTurn, TurnSlot } from '../turn/current-turn.ts';

/** How often the Stop hook keeps one turn going at most; what comes later starts the next turn anyway. */
const MAX_BLOCKS = 3;
/** A hook must not hold the turn up: a daemon that is away has no news. */
const PATIENCE_MS = 2000;

/** What a runtime's hook tells. */
export const hookInput = z.looseObject({ hook_event_name: z.string() });
export type HookInput = z.infer<typeof hookInput>;

/** What the hook answers to the runtime; `{}` = nothing to say. */
export type HookAnswer =
  | Record<string, never>
  | { decision: 'block'; reason: string }
  | { hookSpecificOutput: { hookEventName: 'PostToolUse'; additionalContext: string } };

/** Tells a running turn of mail that arrived since it took its last: once per arrival after a tool's result, and before the turn ends when it was not told yet. */
export async function mailNotice(
  link: Pick<Link, 'call'>,
  slot: TurnSlot,
  { hook_event_name }: HookInput,
): Promise<HookAnswer> {
  const turn = slot.current;
  if (!turn || (hook_event_name !== 'PostToolUse' && hook_event_name !== 'Stop')) return {};
  const news = await unannounced(link, turn);
  if (!news) return {};
  if (hook_event_name === 'PostToolUse') {
    return { hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext: news } };
  }
  if (turn.blocks >= MAX_BLOCKS) return {};
  turn.blocks++;
  return { decision: 'block', reason: news };
}

/** Words for mail that no hook told of yet; marks it as told. */
async function unannounced(link: Pick<Link, 'call'>, turn: CurrentTurn): Promise<string | undefined> {
  const options = { signal: AbortSignal.timeout(PATIENCE_MS), budgetMs: 0 };
  const answer = await link.call(methods.mailWaiting, { turn: turn.id }, options).catch(() => undefined);
  if (!answer) return undefined;
  const { count, senders } = answer.value;
  const told = Math.min(turn.announced, count);
  turn.announced = count;
  if (count <= told) return undefined;
  const what = count === 1 ? 'A new message' : `${count} new messages`;
  return `${what} from ${senders.join(', ')} arrived while you work. Call recv(max: ${Math.min(count, 32)}) to read ${count === 1 ? 'it' : 'them'} before you go on.`;
}
