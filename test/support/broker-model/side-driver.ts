import assert from 'node:assert/strict';
import type { Broker } from '#src/daemon/broker/index.ts';
import type { Scheduler } from '#src/daemon/scheduler/index.ts';
import { to } from '../broker.ts';
import type { TestBroker } from '../broker.ts';
import type { TestClock } from '../clock.ts';
import type { Command } from './commands.ts';
import type { BrokerModel, ModelAsk } from './model.ts';

/** The part of a body that the model knows: what the hive adds at its end is left out, what it writes itself is named by the text it is about. */
export function textOf(body: string): string {
  const cancelled = /^alice cancelled ask \d+ \("(number \d+)"\)/.exec(body);
  return cancelled ? `cancelled ${cancelled[1]}` : (body.split('\n\n(')[0] ?? '');
}

/** Broadcasts, asks, reminders, retried dead letters and what the loop breaker makes of alice and bob: all but plain messages and turns. */
export class SideDriver {
  readonly #model: BrokerModel;
  readonly #clock: TestClock;
  readonly #newBody: () => string;
  readonly #ids = new Map<ModelAsk, number>();
  #answers = 0;

  constructor(model: BrokerModel, clock: TestClock, newBody: () => string) {
    this.#model = model;
    this.#clock = clock;
    this.#newBody = newBody;
  }

  /** Does a command that is one of these. */
  async step(command: Command, { broker }: TestBroker, scheduler: Scheduler): Promise<void> {
    if (command.do === 'broadcast') await this.#broadcast(broker);
    if (command.do === 'ask') await this.#ask(broker, command.seconds);
    if (command.do === 'remind') await this.#remind(scheduler, command.seconds);
    if (command.do === 'retry') await this.#retry(broker);
    if (command.do === 'burst') await this.#burst(broker, command.many);
    if (command.do === 'reply') await this.#reply(broker);
    if (command.do === 'release') await this.release(broker);
    if (command.do !== 'answer' && command.do !== 'cancel') return;
    const ask = this.#model.asks[command.pick % Math.max(1, this.#model.asks.length)];
    if (ask && command.do === 'answer') await this.#answer(broker, ask, command.by);
    if (ask && command.do === 'cancel') await this.#cancel(broker, ask);
  }

  /** The operator lets alice and bob go on; refused when they are not parked. */
  async release(broker: Broker): Promise<void> {
    const [pair] = broker.parkedPairs(10);
    assert.equal(pair !== undefined, this.#model.pair.parked, 'parked or not');
    const held = this.#model.release();
    if (pair) assert.deepEqual([pair.held, await broker.releasePair(pair.id)], [held, { released: held }]);
    else await assert.rejects(broker.releasePair(1), { code: 'not_found' });
  }

  /** At the end every ask is in the state that the model says, and alice got every answer that counted once. */
  check(broker: Broker): void {
    const states = new Map(broker.threads({ max: 200 }).map((thread) => [thread.question, thread.state]));
    for (const { body, state } of this.#model.asks) assert.equal(states.get(body), state, body);
    const answers = broker.messages({ max: 200 }).messages.filter(({ kind }) => kind === 'answer');
    assert.equal(answers.length, this.#answers);
  }

  async #broadcast(broker: Broker): Promise<void> {
    const body = this.#newBody();
    await broker.send('operator', { to: '*', body });
    this.#model.send(body);
  }

  async #ask(broker: Broker, seconds: number | null): Promise<void> {
    const question = this.#newBody();
    const deadline = seconds === null ? {} : { deadline_seconds: seconds };
    const input = { to: 'bob', question, multi: false, ...deadline, key: `key of ${question}` };
    const { id } = await broker.ask('alice', input);
    assert.equal((await broker.ask('alice', input)).id, id);
    const due = seconds === null ? null : this.#clock.now() + seconds * 1000;
    this.#model.ask(question, due, this.#clock.monotonic());
    const asked = this.#model.asks.at(-1);
    if (asked) this.#ids.set(asked, id);
  }

  async #answer(broker: Broker, ask: ModelAsk, by: 'bob' | 'operator'): Promise<void> {
    const text = `answer ${this.#newBody()}`;
    const { accepted } = await broker.answer(by, { id: this.#ids.get(ask) ?? 0, text });
    assert.equal(accepted, this.#model.answer(ask), `${by} answers an ask that is ${ask.state}`);
    if (accepted) this.#answers++;
    if (accepted && by === 'bob') this.#model.reply(this.#clock.monotonic());
  }

  async #cancel(broker: Broker, ask: ModelAsk): Promise<void> {
    const cancelled = broker.cancelAsk('alice', { id: this.#ids.get(ask) ?? 0 });
    if (this.#model.cancel(ask)) await cancelled;
    else await assert.rejects(cancelled, { code: 'conflict' });
  }

  async #remind(scheduler: Scheduler, seconds: number): Promise<void> {
    const message = this.#newBody();
    const input = { message, delay_seconds: seconds, key: `key of ${message}` };
    const { id, due_at } = await scheduler.remind('bob', 'bob', input);
    assert.equal((await scheduler.remind('bob', 'bob', input)).id, id);
    this.#model.remind(message, due_at);
  }

  async #retry(broker: Broker): Promise<void> {
    const { retried } = await broker.deadRetry({ agent: 'bob' });
    assert.equal(retried.length, this.#model.retry().length);
  }

  async #burst(broker: Broker, many: number): Promise<void> {
    const bodies = Array.from({ length: many }, () => this.#newBody());
    const sent = await Promise.all(bodies.map((body) => broker.send('alice', to('bob', body))));
    for (const body of bodies) this.#model.sendFromAlice(body, this.#clock.monotonic());
    const held = this.#model.deliveries.slice(-many).map(({ state }) => state === 'parked');
    assert.deepEqual(sent.map(({ parked }) => parked), held); // prettier-ignore
  }

  async #reply(broker: Broker): Promise<void> {
    const { parked } = await broker.send('bob', to('alice', this.#newBody()));
    this.#model.reply(this.#clock.monotonic());
    assert.equal(parked, this.#model.pair.parked);
  }
}
