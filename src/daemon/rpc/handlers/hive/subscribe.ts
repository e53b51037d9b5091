import { methods } from '#src/protocol/methods/index.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { Events } from '../../../events/api.ts';
import { handler } from '../../handler.ts';

const PAGE = 500;

/** Replays what was committed after `after`, then goes on live. Nothing can fall between: both happen in one go of the event loop. */
export const subscribe = handler(methods.subscribe, async ({ context: { events }, input, push, signal }) => {
  const seq = events.latest();
  if (input.after !== undefined) replay(events, input.after, push);
  const end = events.listen((event) => push(event));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return { seq };
});

function replay(events: Events, after: number, push: (event: HiveEvent | Reset) => void): void {
  const oldest = events.oldest();
  const latest = events.latest();
  if (after > latest || (oldest > 0 && after < oldest - 1)) {
    push({ type: 'reset', seq: latest });
    return;
  }
  for (let from = after; ;) {
    const page = events.after(from, PAGE);
    for (const event of page) push(event);
    if (page.length < PAGE) return;
    from = page.at(-1)?.seq ?? from;
  }
}

interface Reset {
  type: 'reset';
  seq: number;
}
