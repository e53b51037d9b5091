import { DEFAULT_SETTINGS } from '#src/daemon/broker/index.ts';
import { PairModel } from './pair-model.ts';

/** A delivery to bob as the model keeps it. */
export interface ModelDelivery {
  body: string;
  /** Alice's own words, which the loop breaker may hold. */
  fromAlice: boolean;
  /** Whether it gets an idle bob a turn. */
  wakes: boolean;
  state: 'queued' | 'leased' | 'acked' | 'dead' | 'parked';
  attempts: number;
  redelivered: number;
  notBefore: number;
  presented: boolean;
  /** The harness knows that nobody saw it. */
  unseen: boolean;
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
/** A delivery that was just stored. */
const FRESH: Omit<ModelDelivery, 'body' | 'wakes'> = {
  fromAlice: false,
  state: 'queued',
  attempts: 0,
  redelivered: 0,
  notBefore: 0,
  presented: false,
  unseen: false,
  leases: 0,
};

/** DESIGN §6 for one recipient, in a few lines and without a database. */
export class BrokerModel {
  /** In the order of ids. */
  readonly deliveries: ModelDelivery[] = [];
  readonly asks: ModelAsk[] = [];
  readonly pair = new PairModel();
  #reminders: { body: string; due: number }[] = [];
  failures = 0;

  send(body: string, wakes = true): void {
    this.deliveries.push({ body, wakes, ...FRESH });
  }

  /** Alice says it at `now`, monotonic ms. */
  sendFromAlice(body: string, now: number): void {
    const state = this.pair.say(now) ? 'parked' : 'queued';
    this.deliveries.push({ body, wakes: true, ...FRESH, state, fromAlice: true });
  }

  /** Bob says something to alice. */
  reply(now: number): void {
    if (this.pair.say(now)) this.pair.heldForOther++;
  }

  /** The operator lets the pair go on: how much was held, or undefined when it is not parked. */
  release(): number | undefined {
    if (!this.pair.parked) return undefined;
    const held = this.#in('parked');
    for (const delivery of held) delivery.state = 'queued';
    const all = held.length + this.pair.heldForOther;
    this.pair.release();
    return all;
  }

  /** The daemon starts again: what was only in its memory is gone. */
  restart(): void {
    this.failures = 0;
    this.pair.restart();
  }

  ask(body: string, deadline: number | null, now: number): void {
    this.asks.push({ body, state: 'open', deadline });
    this.sendFromAlice(body, now);
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

  /** The operator has all dead letters delivered again, at their old places; those of a parked pair stay. */
  retry(): ModelDelivery[] {
    const dead = this.#in('dead').filter(({ fromAlice }) => !(fromAlice && this.pair.parked));
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

  /** The turn ends: `failed` counts an attempt for what was presented, `interrupted` counts none; what nobody saw goes back unmarked when `harnessSays`. */
  end(how: 'acked' | 'failed' | 'interrupted', now: number, harnessSays: boolean): void {
    const failing = how === 'failed' && harnessSays;
    if (harnessSays) this.failures = failing ? this.failures + 1 : 0;
    for (const delivery of this.leased()) {
      if (delivery.presented && how === 'acked') delivery.state = 'acked';
      else if (delivery.presented && how === 'failed') this.#fail(delivery, now);
      else {
        delivery.redelivered += harnessSays && delivery.unseen && !delivery.presented ? 0 : 1;
        delivery.notBefore = now + (failing ? pauseAfter(this.failures) : 0);
        delivery.state = 'queued';
      }
      Object.assign(delivery, { presented: false, unseen: false });
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
