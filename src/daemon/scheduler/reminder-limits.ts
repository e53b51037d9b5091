import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { TokenBucket } from '#src/lib/token-bucket.ts';
import type { Guards } from '../config.ts';

/** How to make room. */
const CANCEL = 'cancel what is not needed (list_reminders and cancel_reminder, or hive reminders cancel ID)';

/** What one agent may have and set: so many pending, and so many at once and a minute. */
export class ReminderLimits {
  readonly #limits: Guards['reminders'];
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: Guards['reminders'], clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Throws `limited` when an agent has as many as it may have. */
  checkPending(agent: string, pending: number): void {
    const { pending: most } = this.#limits;
    if (pending < most) return;
    const problem = `${agent} has ${pending} pending reminders, the most is ${most}`;
    throw new HiveError('limited', `${problem}: ${CANCEL}, or wait until one fires`);
  }

  /** Takes what setting one costs; answers what refuses it when there is nothing to take, and gives it back with `undo`. */
  take(agent: string): { refusal: HiveError | null; undo(): void } {
    const bucket = this.#bucketOf(agent);
    const wait = bucket.take(1, this.#clock.monotonic());
    if (wait === 0) return { refusal: null, undo: () => bucket.giveBack(1) };
    const { burst, per_minute: perMinute } = this.#limits;
    const rule = `${agent} may set ${burst} reminders at once and ${perMinute} a minute`;
    const advice = `wait ${Math.ceil(wait / 1000)} s; ${CANCEL}, and use one schedule (cron) for what repeats`;
    return { refusal: new HiveError('limited', `${rule}: ${advice}`), undo: () => undefined };
  }

  #bucketOf(agent: string): TokenBucket {
    const { burst, per_minute: perMinute } = this.#limits;
    const now = this.#clock.monotonic();
    const known = this.#buckets.get(agent);
    if (known) return known;
    // Those of removed agents go, too: forgetting a full one changes nothing.
    for (const [quiet, full] of this.#buckets) if (full.isFull(now)) this.#buckets.delete(quiet);
    const bucket = new TokenBucket({ burst, perSecond: perMinute / 60 }, now);
    this.#buckets.set(agent, bucket);
    return bucket;
  }
}
