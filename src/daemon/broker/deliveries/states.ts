import type { DeliveryState } from '#src/protocol/shapes.ts';

/** What each state of a delivery means to people. */
export const STATES: Record<DeliveryState, string> = {
  queued:
    'stored, and waits for its recipient: for a turn to take it, for its back-off, or for an agent that is paused',
  leased: 'handed to a running turn; nobody else gets it, and it is not done',
  acked: 'handled: the runtime provably got it and its turn ended cleanly, or the operator read it',
  dead: 'given up: a dead letter, shown until the operator retries or dismisses it',
  parked: 'held back by the loop breaker until the operator releases the pair',
};

/** Every way from one state of a delivery to another, and what takes it. Nothing else moves a row (DESIGN §6). */
export const TRANSITIONS = {
  lease: { from: 'queued', to: 'leased', when: 'a turn takes it: `next`, or `recv` in a running turn' },
  ack: { from: 'leased', to: 'acked', when: 'it was presented and its turn ended `ok`' },
  return: {
    from: 'leased',
    to: 'queued',
    when: 'its turn ended otherwise, its session ended, or it was not presented: it comes again',
  },
  die: { from: 'leased', to: 'dead', when: 'its last allowed attempt failed' },
  lateAck: {
    from: 'queued',
    to: 'acked',
    when: 'its turn turns out to have ended `ok` before anybody leased it again',
  },
  read: {
    from: 'queued',
    to: 'acked',
    when: 'the operator read it, or settled what it tells of: answered the ask, released the pair, retried or dismissed the dead letter',
  },
  park: { from: 'queued', to: 'parked', when: 'the loop breaker holds the pair it belongs to' },
  release: { from: 'parked', to: 'queued', when: 'the operator releases the pair' },
  strandParked: { from: 'parked', to: 'dead', when: 'its recipient was removed while the pair was parked' },
  retry: { from: 'dead', to: 'queued', when: 'the operator retries it: it comes with fresh attempts' },
  strand: { from: 'queued', to: 'dead', when: 'its recipient was removed' },
} as const satisfies Record<string, { from: DeliveryState; to: DeliveryState; when: string }>;

/** Name of a {@link TRANSITIONS} entry. */
export type Transition = keyof typeof TRANSITIONS;
