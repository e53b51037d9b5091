import type { Clock } from '#src/lib/clock.ts';

/** Texts within this time become one message: a review and its comments arrive as several hooks at once. */
const WINDOW_MS = 400;
/** Texts beyond this many are only counted. */
const MAX_TEXTS = 20;

/** Collects texts per agent and hands them on together. */
export interface Coalescer {
  add(agent: string, text: string): void;
  /** Hands on what waits, now. */
  flush(): void;
}

/** `deliver` gets one text per agent and window; the same text twice counts once. */
export function createCoalescer(clock: Clock, deliver: (agent: string, text: string) => void): Coalescer {
  const waiting = new Map<string, { texts: Set<string>; cancel: () => void }>();
  const hand = (agent: string): void => {
    const entry = waiting.get(agent);
    if (!entry) return;
    waiting.delete(agent);
    entry.cancel();
    const texts = [...entry.texts];
    const more = texts.length - MAX_TEXTS;
    const shown = more > 0 ? [...texts.slice(0, MAX_TEXTS), `and ${more} more: look at the forge`] : texts;
    deliver(agent, shown.join('\n\n'));
  };
  return {
    add: (agent, text) => {
      const entry = waiting.get(agent);
      if (entry) entry.texts.add(text);
      else waiting.set(agent, { texts: new Set([text]), cancel: clock.after(WINDOW_MS, () => hand(agent)) });
    },
    flush: () => [...waiting.keys()].forEach(hand),
  };
}
