import { methods } from '#src/protocol/methods/index.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { Events } from '../../../events/api.ts';
import { handler } from '../../handler.ts';

/** Who is further behind than this reloads instead: that is cheaper, and fits a connection's buffer. */
const MOST_REPLAYED = 1000;

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
  const latest = events.latest();
  const missed = events.after(after, MOST_REPLAYED + 1);
  const whole = after === latest || missed[0]?.seq === after + 1;
  if (!whole || missed.length > MOST_REPLAYED) push({ type: 'reset', seq: latest });
  else for (const event of missed) push(event);
}

interface Reset {
  type: 'reset';
  seq: number;
}
