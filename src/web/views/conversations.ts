import { plural } from '#src/lib/plural.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';
import { messageView } from './message.ts';
import type { MessageView } from './message.ts';

/** Messages between the same two within this time belong together. */
const SAME_TALK_MS = 10 * 60_000;

/** What was said in one go: the last words open, what led to them folded. */
export interface ConversationView {
  id: string;
  /** The thread it belongs to; null when it is just talk. */
  ask: number | null;
  /** Earlier messages, oldest first, folded. */
  earlier: MessageView[];
  earlierLabel: string;
  latest: MessageView;
}

/**
 * Groups messages into conversations, the most recently active first: by ask, by reply, else by pair and time.
 * `messages` in any order, each once.
 */
export function conversations(messages: FlowMessage[], now: number): ConversationView[] {
  const groups: FlowMessage[][] = [];
  const byMessage = new Map<number, FlowMessage[]>();
  for (const message of messages.toSorted((a, b) => a.id - b.id)) {
    let group = groupOf(message, groups, byMessage);
    if (!group) groups.push((group = []));
    group.push(message);
    byMessage.set(message.id, group);
  }
  return groups.toSorted((a, b) => (b.at(-1)?.id ?? 0) - (a.at(-1)?.id ?? 0)).map((group) => view(group, now));
}

/** Each message by itself, the latest first: what was looked for is not folded. */
export function oneByOne(messages: FlowMessage[], now: number): ConversationView[] {
  return messages.toSorted((a, b) => b.id - a.id).map((message) => view([message], now));
}

function groupOf(
  message: FlowMessage,
  groups: FlowMessage[][],
  byMessage: Map<number, FlowMessage[]>,
): FlowMessage[] | undefined {
  if (message.ask !== null) return groups.find((group) => group[0]?.ask === message.ask);
  const replied = message.in_reply_to === null ? undefined : byMessage.get(message.in_reply_to);
  if (replied) return replied;
  return groups.findLast((group) => group[0]?.ask === null && continues(message, group.at(-1)));
}

function continues(message: FlowMessage, last: FlowMessage | undefined): boolean {
  if (!last || message.sent_at - last.sent_at > SAME_TALK_MS) return false;
  if (message.to === '*' || last.to === '*') return false;
  const same = message.from === last.from && message.to === last.to;
  return same || (message.from === last.to && message.to === last.from);
}

function view(group: FlowMessage[], now: number): ConversationView {
  const messages = group.map((message) => messageView(message, now));
  const latest = messages.at(-1)!;
  const earlier = messages.slice(0, -1);
  return {
    id: `talk-${group[0]!.id}`,
    ask: group[0]!.ask,
    earlier,
    earlierLabel: plural(earlier.length, 'earlier message'),
    latest,
  };
}
