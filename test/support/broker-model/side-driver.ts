import assert from 'node:assert/strict';
import type { Broker } from '#src/daemon/broker/index.ts';
import type { Scheduler } from '#src/daemon/scheduler/index.ts';
import type { TestBroker } from '../broker.ts';
import type { TestClock } from '../clock.ts';
import type { Command } from './commands.ts';
import type { BrokerModel, ModelAsk } from './model.ts';

/** The part of a body that the model knows: what the hive adds at its end is left out, what it writes itself is named by the text it is about. */
export function textOf(body: string): string {
  const cancelled = /^alice cancelled ask \d+ \("(number \d+)"\)/.exec(body);
  return cancelled ? `cancelled ${cancelled[1]}` : (body.split('\n\n(')[0] ?? '');
}

/** Broadcasts, asks, reminders and retried dead letters: what comes to bob without being a plain message to him. */
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
    if (command.do !== 'answer' && command.do !== 'cancel') return;
    const ask = this.#model.asks[command.pick % Math.max(1, this.#model.asks.length)];
    if (ask && command.do === 'answer') await this.#answer(broker, ask, command.by);
    if (ask && command.do === 'cancel') await this.#cancel(broker, ask);
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
    this.#model.ask(question, seconds === null ? null : this.#clock.now() + seconds * 1000);
    const asked = this.#model.asks.at(-1);
    if (asked) this.#ids.set(asked, id);
  }

  async #answer(broker: Broker, ask: ModelAsk, by: 'bob' | 'operator'): Promise<void> {
    const text = `answer ${this.#newBody()}`;
    const { accepted } = await broker.answer(by, { id: this.#ids.get(ask) ?? 0, text });
    assert.equal(accepted, this.#model.answer(ask), `${by} answers an ask that is ${ask.state}`);
    if (accepted) this.#answers++;
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
}
