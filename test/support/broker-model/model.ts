import { DEFAULT_SETTINGS } from '#src/daemon/broker/index.ts';

/** A delivery to bob as the model keeps it. */
export interface ModelDelivery {
  body: string;
  /** Whether it gets an idle bob a turn. */
  wakes: boolean;
  state: 'queued' | 'leased' | 'acked' | 'dead';
  attempts: number;
  redelivered: number;
  notBefore: number;
  presented: boolean;
  /** How often it was leased. */
  leases: number;
}

/** An ask of alice to bob; its question is a delivery too. */
export interface ModelAsk {
  body: string;
  state: 'open' | 'answered' | 'cancelled' | 'expired';
  deadline: number | null;
}

/** What a turn gets: bodies with how often they may have been seen before. */
export type ModelTurn = [body: string, redelivered: number][];

/** Failed attempts after which a delivery is dead: few, so that sequences get there. */
export const ATTEMPTS = 2;
const BATCH = 4;

/** DESIGN §6 for one recipient, in a few lines and without a database. */
export class BrokerModel {
  /** In the order of ids. */
  readonly deliveries: ModelDelivery[] = [];
  readonly asks: ModelAsk[] = [];
  #reminders: { body: string; due: number }[] = [];
  failures = 0;

  send(body: string, wakes = true): void {
    const fresh = { state: 'queued', attempts: 0, redelivered: 0, notBefore: 0, presented: false, leases: 0 } as const;
    this.deliveries.push({ body, wakes, ...fresh });
  }

  ask(body: string, deadline: number | null): void {
    this.asks.push({ body, state: 'open', deadline });
    this.send(body);
  }

  /** Whether the answer counts: the first one, also after the deadline. */
  answer(ask: ModelAsk): boolean {
    if (ask.state !== 'open' && ask.state !== 'expired') return false;
    ask.state = 'answered';
    return true;
  }

  /** Whether it could still be taken back; bob is told, and woken for it only while he holds the question. */
  cancel(ask: ModelAsk): boolean {
    if (ask.state !== 'open') return false;
    ask.state = 'cancelled';
    this.send(
      `cancelled ${ask.body}`,
      this.leased().some(({ body }) => body === ask.body),
    );
    return true;
  }

  remind(body: string, due: number): void {
    this.#reminders.push({ body, due });
  }

  /** It is `now`: reminders fire in the order of their due times, deadlines pass. */
  pass(now: number): void {
    const due = this.#reminders.filter((reminder) => reminder.due <= now);
    for (const { body } of due.toSorted((a, b) => a.due - b.due)) this.send(body);
    this.#reminders = this.#reminders.filter((reminder) => reminder.due > now);
    for (const ask of this.asks)
      if (ask.state === 'open' && ask.deadline !== null && ask.deadline <= now) ask.state = 'expired';
  }

  /** The operator has all dead letters delivered again, at their old places. */
  retry(): ModelDelivery[] {
    const dead = this.#in('dead');
    for (const delivery of dead) Object.assign(delivery, { state: 'queued', attempts: 0, notBefore: 0 });
    return dead;
  }

  /** What `next` hands out at `now`; nothing = it waits. */
  next(now: number): ModelTurn {
    if (!this.#in('queued').some(({ wakes }) => wakes)) return [];
    const taken: ModelDelivery[] = [];
    for (const delivery of this.#in('queued').slice(0, BATCH)) {
      if (delivery.notBefore > now || (delivery.attempts > 0 && taken.length > 0)) break;
      taken.push(delivery);
      if (delivery.attempts > 0) break;
    }
    return this.#lease(taken);
  }

  /** What `recv` takes into the running turn. */
  recv(now: number, max: number): ModelTurn {
    if (this.leased().some((delivery) => delivery.attempts > 0)) return [];
    const taken: ModelDelivery[] = [];
    for (const delivery of this.#in('queued').slice(0, max)) {
      if (delivery.notBefore > now || delivery.attempts > 0) break;
      taken.push(delivery);
    }
    return this.#lease(taken);
  }

  leased(): ModelDelivery[] {
    return this.#in('leased');
  }

  /** The turn ends: `failed` counts an attempt for what was presented, `interrupted` counts none; unpresented goes back unmarked when `harnessSays`. */
  end(how: 'acked' | 'failed' | 'interrupted', now: number, harnessSays: boolean): void {
    const failing = how === 'failed' && harnessSays;
    if (harnessSays) this.failures = failing ? this.failures + 1 : 0;
    for (const delivery of this.leased()) {
      if (delivery.presented && how === 'acked') delivery.state = 'acked';
      else if (delivery.presented && how === 'failed') this.#fail(delivery, now);
      else {
        delivery.redelivered += delivery.presented || !harnessSays ? 1 : 0;
        delivery.notBefore = now + (failing ? pauseAfter(this.failures) : 0);
        delivery.state = 'queued';
      }
      delivery.presented = false;
    }
  }

  /** A clean end that arrives late acks what nobody leased again. */
  endLate(held: Map<ModelDelivery, number>): ModelDelivery[] {
    const counts = [...held].filter(([delivery, leases]) => delivery.state === 'queued' && delivery.leases === leases);
    const acked = counts.map(([delivery]) => delivery);
    for (const delivery of acked) delivery.state = 'acked';
    return acked;
  }

  #fail(delivery: ModelDelivery, now: number): void {
    delivery.attempts++;
    delivery.redelivered++;
    delivery.notBefore = now + pauseAfter(delivery.attempts);
    delivery.state = delivery.attempts >= ATTEMPTS ? 'dead' : 'queued';
  }

  #in(state: ModelDelivery['state']): ModelDelivery[] {
    return this.deliveries.filter((delivery) => delivery.state === state);
  }

  #lease(taken: ModelDelivery[]): ModelTurn {
    for (const delivery of taken) {
      delivery.state = 'leased';
      delivery.leases++;
    }
    return taken.map((delivery) => [delivery.body, delivery.redelivered]);
  }
}

function pauseAfter(failures: number): number {
  const { backOff } = DEFAULT_SETTINGS;
  return backOff[Math.min(failures, backOff.length) - 1] ?? 0;
}
