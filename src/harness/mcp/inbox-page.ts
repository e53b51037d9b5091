import type { Received } from '#src/protocol/shapes.ts';
import type { Unread } from '../turn/current-turn.ts';
import { renderMessage } from '../wake-prompt.ts';
import { RESULT_BYTES, split } from './fit.ts';

/** Room of a `recv` result beside its messages: the head with 32 ids, and the lines at its end. */
const FRAME_BYTES = 1024;
const PAGE_BYTES = RESULT_BYTES - FRAME_BYTES;
/** However long the facts of a message are, each of its pages shows this much of its body. */
const LEAST_PART_BYTES = 1024;

/** One page of waiting messages. */
export interface InboxPage {
  text: string;
  messages: Received[];
  /** Deliveries whose last part is on this page. */
  deliveries: number[];
  /** The one message on this page goes on with this page of it. */
  goesOn: string | null;
}

/** How a result names the deliveries it shows whole; {@link deliveriesIn} reads it back from the runtime's stream. */
const HEAD = 'hive-deliveries:';

/** Takes from the front of `unread` as many messages as fit on a page, at most `max`, or the next part of the first when it is too long for one. */
export function renderInbox(unread: Unread[], max: number, mark: string): InboxPage {
  const [first] = unread;
  if (!first) return { text: '(empty)', messages: [], deliveries: [], goesOn: null };
  const texts: string[] = [];
  const messages: Received[] = [];
  let bytes = 0;
  for (let next = unread[0]; next && next.page === 0 && messages.length < max; next = unread[0]) {
    const text = renderMessage(next.message, mark);
    bytes += Buffer.byteLength(text) + 2;
    if (bytes > PAGE_BYTES) break;
    texts.push(text);
    messages.push(next.message);
    unread.shift();
  }
  if (messages.length === 0) return renderPart(unread, first, mark);
  const deliveries = messages.map(({ delivery }) => delivery);
  return { text: withHead(texts.join('\n\n'), deliveries), messages, deliveries, goesOn: null };
}

function renderPart(unread: Unread[], first: Unread, mark: string): InboxPage {
  const { message } = first;
  const facts = renderMessage({ ...message, body: '' }, mark, 'page 10 of 10');
  const parts = split(message.body, Math.max(LEAST_PART_BYTES, PAGE_BYTES - Buffer.byteLength(facts)));
  const number = ++first.page;
  const part = `page ${number} of ${parts.length}`;
  const text = renderMessage({ ...message, body: parts[number - 1] ?? '' }, mark, part);
  const last = number >= parts.length;
  if (last) unread.shift();
  const deliveries = last ? [message.delivery] : [];
  const goesOn = last ? null : `page ${number + 1} of ${parts.length}`;
  return { text: withHead(text, deliveries), messages: [message], deliveries, goesOn };
}

function withHead(text: string, deliveries: number[]): string {
  return `${[HEAD, ...deliveries].join(' ')}\n${text}`;
}

/** Ids of the deliveries that a `recv` result shows whole. */
export function deliveriesIn(result: string): number[] {
  const first = result.slice(0, 1024).split('\n', 1)[0] ?? '';
  if (!first.startsWith(HEAD)) return [];
  return first
    .slice(HEAD.length)
    .trim()
    .split(' ')
    .map(Number)
    .filter((id) => Number.isSafeInteger(id) && id > 0);
}
