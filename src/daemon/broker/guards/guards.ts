import { HiveError } from '#src/lib/errors.ts';
import { TokenBucket } from '#src/lib/token-bucket.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Guards as Limits } from '../../config.ts';
import { pairKey } from './pair-key.ts';

/** What a call is about to use up. */
export interface Use {
  /** Bytes of its text; undefined = the agent's own buckets are not asked. */
  bytes: number | undefined;
  /** The other agent, when it speaks to one. */
  to: string | undefined;
  broadcast: boolean;
}

/** What a call used up: it keeps it when something was sent, and gives it back when not. */
export interface Charge {
  /** Its pair said more to each other than it may: the loop breaker's business. */
  pairTooFast: boolean;
  /** Once; again does nothing. */
  giveBack(): void;
}

type Buckets = Record<'messages' | 'bytes' | 'broadcasts', TokenBucket>;

/** Pairs that are remembered before those that said nothing for a while are dropped. */
const MANY_PAIRS = 4096;

/**
 * What agents use up, in memory: charged before the write (several calls of one transaction cannot overshoot), given back when it failed or repeated an earlier
 * call. A restart begins with full buckets.
 */
export class Guards {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #agents = new Map<string, Buckets>();
  readonly #pairs = new Map<string, TokenBucket>();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Charges `agent`; answers the refusal, which has charged nothing, when some bucket is empty. */
  charge(agent: string, use: Use): Charge | HiveError {
    const now = this.#clock.monotonic();
    const { to } = use;
    const buckets = use.bytes === undefined ? undefined : this.#bucketsOf(agent, now);
    if (buckets) {
      const refusal = this.#refuse(agent, buckets, use, now);
      if (refusal) return refusal;
      takeFrom(buckets, use, now);
    }
    const pair = to === undefined ? undefined : this.#pair(agent, to, now);
    const pairTooFast = pair !== undefined && pair.take(1, now) > 0;
    let given = false;
    const giveBack = (): void => {
      if (given) return;
      given = true;
      if (buckets) giveBackTo(buckets, use);
      if (!pairTooFast) pair?.giveBack(1);
    };
    return { pairTooFast, giveBack };
  }

  /** A pair begins anew. */
  forgetPair(one: string, other: string): void {
    this.#pairs.delete(pairKey(one, other));
  }

  /** With all of its pairs. */
  forgetAgent(agent: string): void {
    this.#agents.delete(agent);
    for (const pair of this.#pairs.keys()) if (pair.split(' ').includes(agent)) this.#pairs.delete(pair);
  }

  #bucketsOf(agent: string, now: number): Buckets {
    const known = this.#agents.get(agent);
    if (known) return known;
    const { messages, bytes, broadcasts } = this.#limits;
    const buckets = { messages: fill(messages, now), bytes: fill(bytes, now), broadcasts: fill(broadcasts, now) };
    this.#agents.set(agent, buckets);
    return buckets;
  }

  #pair(one: string, other: string, now: number): TokenBucket {
    const key = pairKey(one, other);
    const known = this.#pairs.get(key);
    if (known) return known;
    if (this.#pairs.size >= MANY_PAIRS)
      for (const [quiet, pair] of this.#pairs) if (pair.isFull(now)) this.#pairs.delete(quiet);
    const { messages, window_seconds } = this.#limits.loop;
    const pair = new TokenBucket({ burst: messages, perSecond: messages / window_seconds }, now);
    this.#pairs.set(key, pair);
    return pair;
  }

  /** The first bucket that has too little. */
  #refuse(agent: string, buckets: Buckets, { bytes = 0, broadcast }: Use, now: number): HiveError | undefined {
    const messages = buckets.messages.wait(1, now);
    if (messages > 0) return this.#refusal(agent, 'messages', messages);
    const text = buckets.bytes.wait(bytes, now);
    if (text > 0) return this.#refusal(agent, 'bytes', text);
    const broadcasts = broadcast ? buckets.broadcasts.wait(1, now) : 0;
    return broadcasts > 0 ? this.#refusal(agent, 'broadcasts', broadcasts) : undefined;
  }

  #refusal(agent: string, kind: keyof Buckets, wait: number): HiveError {
    const { burst, per_minute } = this.#limits[kind];
    const limit = `${burst} ${NAMES[kind]} at once and then ${per_minute} a minute`;
    if (wait === Infinity)
      return new HiveError('limited', `${agent} may send ${limit}: this can never pass, push a file and send its link`);
    const again = `try again in ${Math.ceil(wait / 1000)} s`;
    return new HiveError('limited', `${agent} may send ${limit}, and has used that up: ${again}, and ${ADVICE[kind]}`);
  }
}

const NAMES = { messages: 'messages', bytes: 'bytes of text', broadcasts: 'broadcasts' };
const ADVICE = {
  messages: 'put what belongs together into one message',
  bytes: 'push long texts as files and send their links',
  broadcasts: 'write to those it concerns by name',
};

function takeFrom(buckets: Buckets, { bytes = 0, broadcast }: Use, now: number): void {
  buckets.messages.take(1, now);
  buckets.bytes.take(bytes, now);
  if (broadcast) buckets.broadcasts.take(1, now);
}

function giveBackTo(buckets: Buckets, { bytes = 0, broadcast }: Use): void {
  buckets.messages.giveBack(1);
  buckets.bytes.giveBack(bytes);
  if (broadcast) buckets.broadcasts.giveBack(1);
}

function fill(rate: { burst: number; per_minute: number }, now: number): TokenBucket {
  return new TokenBucket({ burst: rate.burst, perSecond: rate.per_minute / 60 }, now);
}
