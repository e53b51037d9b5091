import { randomBytes } from 'node:crypto';
import type { Act } from '#src/protocol/methods/harness.ts';
import type { Received } from '#src/protocol/shapes.ts';
import { fill } from '#src/lib/fill.ts';

/** What stands before the acts of an earlier attempt. */
export const ALREADY_DONE = 'It already did the following; do not do it again:';
/** Messages that one `recv` takes at most. */
export const MAX_TAKEN = 32;

/** What a turn is woken with. */
export interface Wake {
  deliveries: Received[];
  /** Messages that stay queued. */
  remaining: number;
  /** Who sent these, the first sender first; not all of them when there are many. */
  waiting: { from: string; count: number }[];
  /** Why they are not for this turn; null = `recv` takes them. */
  note: string | null;
  /** What earlier attempts at these deliveries already did. */
  earlier: Act[];
}

/** A mark that no sender can know beforehand, so that no body can pretend to end its message. */
export function newMark(): string {
  return randomBytes(4).toString('hex');
}

/** The text that starts a turn (DESIGN §10): short, with every body as marked data. `template` is templates/prompts/wake.md. */
export function wakePrompt(template: string, wake: Wake, mark: string = newMark()): string {
  const count = wake.deliveries.length;
  const values = {
    banner: banner(wake),
    intro: count === 1 ? 'You have a new message.' : `You have ${count} new messages.`,
    messages: wake.deliveries.map((message) => renderMessage(message, mark)).join('\n\n'),
    more: more(wake),
  };
  return `${fill(template, values).trim()}\n`;
}

/** One message with its facts, its body between marks, and what to do with it; `part` says which part of it this is. */
export function renderMessage(message: Received, mark: string, part?: string): string {
  const facts = [`#${message.id}`, message.kind, `from ${message.from}`, new Date(message.sent_at).toISOString()];
  if (message.in_reply_to !== null) facts.push(`in reply to #${message.in_reply_to}`);
  if (message.redelivered > 0) facts.push('delivered before');
  if (part !== undefined) facts.push(part);
  const lines = [facts.join(' · '), `--- begin ${mark} ---`, message.body, `--- end ${mark} ---`];
  if (message.broadcast) lines.push('(broadcast: may need no action)');
  if (message.options) lines.push(`options: ${message.options.join(' | ')}`);
  if (message.ask !== null) lines.push(askLine(message));
  return lines.join('\n');
}

function askLine({ ask, kind, thread_url }: Received): string {
  const where = thread_url ? ` ${thread_url}` : '';
  const act = kind === 'ask' ? `answer it with answer(id: ${ask}); ` : '';
  return `thread ${ask}:${where} (${act}all of it: hive threads show ${ask})`;
}

function banner({ deliveries, earlier }: Wake): string {
  const times = Math.max(0, ...deliveries.map((delivery) => delivery.redelivered));
  if (times === 0) return '';
  const before = times === 1 ? 'an earlier turn' : `${times} earlier turns`;
  const head = `REDELIVERED: ${before} got this and did not end cleanly.`;
  if (earlier.length === 0) return `${head} It left no trace on the hive; check your own files before you start.\n\n`;
  return [head, ALREADY_DONE, ...earlier.map(actLine), '', ''].join('\n');
}

/** What an earlier attempt did, on one line. */
export function actLine({ kind, summary }: Act): string {
  return `- ${kind}: ${summary}`;
}

function more({ remaining, waiting, note }: Wake): string {
  if (remaining === 0) return '';
  const senders = waiting.map(({ from, count }) => (count === 1 ? from : `${from} (${count})`));
  const others = remaining - waiting.reduce((sum, { count }) => sum + count, 0);
  if (others > 0) senders.push(`others (${others})`);
  const hint = note === null ? moreLine(remaining) : laterLine(remaining, note);
  return senders.length > 0 ? `${hint}\nThey are from ${senders.join(', ')}.` : hint;
}

/** How many messages wait that the running turn can take. */
export function moreLine(count: number): string {
  if (count === 0) return '(nothing more queued)';
  return `(+${count} more queued; call recv(max: ${Math.min(count, MAX_TAKEN)}) before acting)`;
}

/** How many messages wait that it cannot take, and why. */
export function laterLine(count: number, why: string): string {
  return `(+${count} more queued for a later turn: ${why})`;
}
