import type { HiveEvent } from '#src/protocol/events.ts';
import { oneLine } from '../views/text.ts';

/** Something a person may want a notification for; `id` stays the same when it is replayed. */
export interface BrowserNotice {
  id: string;
  kind: 'asked' | 'failed';
  agent: string;
  title: string;
  body: string;
  url: string;
}

/** The notification an event deserves: only edges, never the everyday (LOOKS). */
export function noticeOf(event: HiveEvent): BrowserNotice | undefined {
  if (event.type === 'ask.changed' && event.state === 'open' && event.target === 'operator') {
    return {
      id: `ask-${event.ask}`,
      kind: 'asked',
      agent: event.asker,
      title: `${event.asker} asks you`,
      body: oneLine(event.excerpt, 160),
      url: `/threads/${event.ask}`,
    };
  }
  if (event.type === 'turn.ended' && (event.outcome === 'failed' || event.outcome === 'lost')) {
    return {
      id: `turn-${event.turn}`,
      kind: 'failed',
      agent: event.agent,
      title: `${event.agent}: a turn ${event.outcome === 'lost' ? 'was lost' : 'failed'}`,
      body: 'Its messages come again. Open the agent to see why.',
      url: `/agents/${event.agent}`,
    };
  }
  return undefined;
}
