import type { Received } from '#src/protocol/shapes.ts';
import { bold, dim, plain, say } from './output.ts';
import { ago } from '#src/lib/span.ts';

/** Prints one received message for a person. */
export function printReceived(message: Received): void {
  const about = message.ask === null ? message.kind : `ask ${message.ask}`;
  const again = message.redelivered > 0 ? ` · delivered again (attempt ${message.redelivered + 1})` : '';
  say(`${bold(plain(message.from))} ${dim(`· ${about} · message ${message.id} · ${ago(message.sent_at)}${again}`)}`);
  say(plain(message.body));
  if (message.options) say(dim(`options: ${message.options.map(plain).join(' | ')}`));
  if (message.thread_url) say(dim(message.thread_url));
  say();
}
