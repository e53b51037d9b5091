import type { Unread } from '../turn/current-turn.ts';
import { renderMessage } from '../wake-prompt.ts';

/** A `recv` result stays below 16 KiB (DESIGN §6); this leaves room for its head and its last lines. */
const PAGE_BYTES = 14 * 1024;
/** Part of a long body per page, in bytes. */
const PART_BYTES = 12 * 1024;

/** One page of waiting messages. */
export interface InboxPage {
  text: string;
  /** Deliveries whose last part is on this page. */
  deliveries: number[];
  /** The one message on this page goes on. */
  cut: boolean;
}

/** How a result names the deliveries it shows whole; {@link deliveriesIn} reads it back from the runtime's stream. */
const HEAD = 'hive-deliveries:';

/** Takes as many messages from the front of `unread` as fit on a page, or the next part of the first when it is too long for one. */
export function renderInbox(unread: Unread[], mark: string): InboxPage {
  if (unread.length === 0) return { text: '(empty)', deliveries: [], cut: false };
  const texts: string[] = [];
  const deliveries: number[] = [];
  let bytes = 0;
  for (let next = unread[0]; next; next = unread[0]) {
    const text = renderMessage(next.message, mark);
    bytes += Buffer.byteLength(text);
    if (bytes > PAGE_BYTES || next.page > 0) break;
    texts.push(text);
    deliveries.push(next.message.delivery);
    unread.shift();
  }
  if (texts.length === 0) return renderPart(unread, mark);
  return { text: withHead(texts.join('\n\n'), deliveries), deliveries, cut: false };
}

function renderPart(unread: Unread[], mark: string): InboxPage {
  const first = unread[0]!;
  const { message, page } = first;
  const parts = splitBody(message.body);
  const text = renderMessage({ ...message, body: parts[page] ?? '' }, mark);
  const last = page + 1 >= parts.length;
  const title = `page ${page + 1} of ${parts.length}`;
  first.page++;
  if (!last) return { text: `${title}\n${text}`, deliveries: [], cut: true };
  unread.shift();
  return { text: withHead(`${title}\n${text}`, [message.delivery]), deliveries: [message.delivery], cut: false };
}

/** Parts of at most {@link PART_BYTES} bytes; no character is cut in two. */
function splitBody(body: string): string[] {
  const bytes = Buffer.from(body);
  const parts: string[] = [];
  for (let start = 0; start < bytes.length;) {
    let end = Math.min(bytes.length, start + PART_BYTES);
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
    parts.push(bytes.toString('utf8', start, end));
    start = end;
  }
  return parts;
}

function withHead(text: string, deliveries: number[]): string {
  return `${HEAD} ${deliveries.join(' ')}\n${text}`;
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
