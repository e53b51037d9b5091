import type { TurnPhase } from '#src/protocol/methods/harness.ts';
import { guards } from '../config.ts';
import type { Guards } from '../config.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The broker's patience and limits; times in ms. */
export interface BrokerSettings {
  /** Failed attempts after which a delivery is a dead letter. */
  attempts: number;
  /** Pause before attempt 2, 3 …; the last one repeats. */
  backOff: readonly number[];
  /** From `next` until the turn's first sign of life. */
  turnStart: number;
  /** How old the last report of a running turn may be, by its phase. */
  phases: Readonly<Record<TurnPhase, number>>;
  /** Longest turn; a little more than the harness's own limit, so that its clean report comes first. */
  turn: number;
  /** A live harness without a turn asks for the next one within this time: its loop lives. */
  poll: number;
  /** A container that was started says hello within this time. */
  hello: number;
  /** A session without its harness may resume within this time. */
  resume: number;
  /** Bytes of bodies in one `recv` result; a first one that is longer comes alone. */
  recvBytes: number;
  /** Bytes of bodies that a turn begins with; a first one that is longer comes alone. */
  wakeBytes: number;
  /** What one agent may send and ask. */
  guards: Guards;
}

const UNLIMITED = { burst: Infinity, per_minute: Infinity };

/** Guards that let everything pass: for measuring, and for tests of something else. */
export const NO_GUARDS: Guards = {
  messages: UNLIMITED,
  bytes: UNLIMITED,
  broadcasts: UNLIMITED,
  open_asks: Infinity,
  reminders: { pending: Infinity, ...UNLIMITED },
  loop: { depth: Infinity, messages: Infinity, window_seconds: 1 },
};

/** The values of DESIGN §6. */
export const DEFAULT_SETTINGS: BrokerSettings = {
  attempts: 5,
  backOff: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE],
  turnStart: 10 * SECOND,
  phases: { starting: 2 * MINUTE, model: 5 * MINUTE, tool: 15 * MINUTE, ending: 30 * SECOND },
  turn: 121 * MINUTE,
  poll: 60 * SECOND,
  hello: 30 * SECOND,
  resume: 60 * SECOND,
  recvBytes: 16 * 1024,
  wakeBytes: 8 * 1024,
  guards: guards.parse({}),
};

/** Pause after the `failures`-th failure in a row (from 1). */
export function backOffFor(settings: BrokerSettings, failures: number): number {
  return settings.backOff[Math.min(failures, settings.backOff.length) - 1] ?? 0;
}

/** Longest pause there is: a `not_before` further away comes from a clock that jumped. */
export function longestBackOff(settings: BrokerSettings): number {
  return Math.max(0, ...settings.backOff);
}
