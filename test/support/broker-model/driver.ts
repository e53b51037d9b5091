import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, NO_GUARDS } from '#src/daemon/broker/index.ts';
import type { Scheduler } from '#src/daemon/scheduler/index.ts';
import { openTestBroker, report, to } from '../broker.ts';
import type { TestBroker } from '../broker.ts';
import { createTestClock } from '../clock.ts';
import { openTestDatabase } from '../database.ts';
import { createTestScheduler } from '../scheduler.ts';
import type { Command } from './commands.ts';
import { SideDriver, textOf } from './side-driver.ts';
import { ATTEMPTS, BrokerModel } from './model.ts';
import type { ModelDelivery, ModelTurn } from './model.ts';
import { PAIR_BURST, PAIR_WINDOW_S } from './pair-model.ts';

/** Nothing is given up for silence here: that is what other tests are for. */
const FOREVER = 10 ** 12;
const PATIENT = { hello: FOREVER, poll: FOREVER, turnStart: FOREVER, resume: FOREVER, turn: FOREVER };
const LOOP = { depth: Infinity, messages: PAIR_BURST, window_seconds: PAIR_WINDOW_S };
const SETTINGS = {
  ...{ ...PATIENT, attempts: ATTEMPTS },
  phases: { ...DEFAULT_SETTINGS.phases, model: FOREVER },
  guards: { ...NO_GUARDS, loop: LOOP },
};

/** Runs commands against a real broker over a real file and the model, and compares what the runtime of bob sees. */
export class Driver implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hive-model-'));
  readonly #clock = createTestClock();
  readonly #model = new BrokerModel();
  readonly #side = new SideDriver(this.#model, this.#clock, () => this.#newBody());
  #hive: TestBroker | undefined;
  #scheduler: Scheduler | undefined;
  #files = 0;
  #nonces = 0;
  #sent = 0;
  #session = { id: 0, nonce: '' };
  #turn: number | null = null;
  #delivery = new Map<string, number>();
  #lost: { turn: number; held: Map<ModelDelivery, number> } | undefined;
  #lastEnd: { turn: number; answer: unknown } | undefined;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async run(commands: Command[]): Promise<void> {
    await this.#open(join(this.#folder, 'hive-0.db'));
    await this.#newSession();
    for (const command of commands) await this.#step(command);
    await this.#drain();
  }

  get #broker(): TestBroker['broker'] {
    assert.ok(this.#hive);
    return this.#hive.broker;
  }

  async #step(command: Command): Promise<void> {
    if (command.do === 'send') await this.#send(command.from, command.keyed);
    if (command.do === 'next' && this.#turn === null) await this.#next();
    if (command.do === 'recv' && this.#turn !== null) await this.#recv(command.max);
    if (command.do === 'present' && this.#turn !== null) await this.#present(command.pick);
    if (command.do === 'end' && this.#turn !== null) await this.#end(command.outcome, command.pick, command.unseen);
    if (command.do === 'endTwice' && this.#lastEnd) await this.#endTwice(this.#lastEnd);
    if (command.do === 'endLate' && this.#lost) await this.#endLate(this.#lost);
    if (command.do === 'session') await this.#endSession(command.end);
    if (command.do === 'drop') await this.#drop();
    if (command.do === 'crash') await this.#crash(command.sending, command.turns);
    if (command.do === 'wait') await this.#wait(command.ms);
    if (this.#hive && this.#scheduler) await this.#side.step(command, this.#hive, this.#scheduler);
  }

  async #wait(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    // Firing takes more turns of the event loop than one step of the clock waits for.
    while (this.#isDue()) await this.#clock.advance(0);
    this.#model.pass(this.#clock.now());
  }

  #isDue(): boolean {
    const due = `SELECT 1 FROM reminders WHERE state = 'pending' AND due_at <= @now
      UNION ALL SELECT 1 FROM asks WHERE state = 'open' AND deadline_at <= @now`;
    return this.#hive?.hive.db.prepare(due).get({ now: this.#clock.now() }) !== undefined;
  }

  /** Everything that was confirmed and is not dead is acked at last, in order, and nothing else comes. */
  async #drain(): Promise<void> {
    await this.#side.release(this.#broker);
    await this.#send('operator', true);
    while (this.#model.deliveries.some(({ state }) => state === 'queued' || state === 'leased')) {
      if (this.#turn === null) await this.#next();
      if (this.#turn !== null) await this.#end('ok', 255, 0);
      else await this.#wait(600_000);
    }
    await this.#next();
    const flow = this.#broker.messages({ max: 200 }).messages.toReversed();
    const seen = flow.flatMap(({ body, deliveries }) =>
      deliveries
        .filter(({ recipient }) => recipient === 'bob')
        .map(({ state, attempts }) => [textOf(body), state, attempts]),
    );
    const expected = this.#model.deliveries.map(({ body, state, attempts }) => [body, state, attempts]);
    assert.deepEqual(seen, expected);
    this.#side.check(this.#broker);
    assert.equal(this.#hive?.hive.db.pragma('integrity_check', { simple: true }), 'ok');
  }

  async #open(file: string): Promise<void> {
    const hive = openTestDatabase({ clock: this.#clock, file });
    this.#hive = await openTestBroker(['alice', 'bob'], { hive, settings: SETTINGS });
    this.#scheduler = createTestScheduler(this.#hive, { burst: 1000, pending: 1000 });
    await this.#scheduler.start();
  }

  async #close(): Promise<void> {
    await this.#scheduler?.[Symbol.asyncDispose]();
    await this.#hive?.[Symbol.asyncDispose]();
  }

  #newBody(): string {
    return `number ${this.#sent++}`;
  }

  async #newSession(): Promise<void> {
    const nonce = String(++this.#nonces).padStart(64, '0');
    await this.#broker.openSession('bob', nonce);
    this.#session = { id: (await this.#broker.hello('bob', nonce, 'build')).session, nonce };
  }

  async #send(from: string, keyed: boolean): Promise<void> {
    const body = this.#newBody();
    const input = { ...to('bob', body), ...(keyed && { key: `key of ${body}` }) };
    const { id } = await this.#broker.send(from, input);
    if (keyed) assert.equal((await this.#broker.send(from, input)).id, id);
    if (from === 'alice') this.#model.sendFromAlice(body, this.#clock.monotonic());
    else this.#model.send(body);
  }

  async #next(): Promise<void> {
    const expected = this.#model.next(this.#clock.now());
    const caller = new AbortController();
    const waiting = this.#broker.next(this.#session.id, 4, caller.signal).catch(() => null);
    if (expected.length === 0) {
      await this.#clock.advance(0);
      caller.abort();
      assert.equal(await waiting, null, 'next answered although nothing may be handed out');
      return;
    }
    const turn = await waiting;
    assert.ok(turn);
    this.#see(turn.deliveries, expected);
    this.#turn = turn.turn;
    await this.#broker.turnActivity(this.#session.id, { turn: turn.turn, phase: 'model', activity: null });
  }

  async #recv(max: number): Promise<void> {
    const expected = this.#model.recv(this.#clock.now(), max);
    const { messages } = await this.#broker.recv('bob', { max, turn: this.#turn ?? 0 }, new AbortController().signal);
    this.#see(messages, expected);
  }

  #see(rows: { delivery: number; body: string; redelivered: number }[], expected: ModelTurn): void {
    const seen = rows.map((row) => [textOf(row.body), row.redelivered]);
    assert.deepEqual(seen, expected);
    for (const row of rows) this.#delivery.set(textOf(row.body), row.delivery);
  }

  /** Ids of some leased deliveries, marked as presented in the model. */
  #pick(bits: number): number[] {
    const picked = this.#model.leased().filter((_delivery, index) => (bits >> index) & 1);
    for (const delivery of picked) delivery.presented = true;
    return picked.map((delivery) => this.#delivery.get(delivery.body) ?? 0);
  }

  /** Ids of some leased deliveries that were not presented, marked as unseen in the model. */
  #hide(bits: number): number[] {
    const rest = this.#model.leased().filter(({ presented }) => !presented);
    const hidden = rest.filter((_delivery, index) => (bits >> index) & 1);
    for (const delivery of hidden) delivery.unseen = true;
    return hidden.map((delivery) => this.#delivery.get(delivery.body) ?? 0);
  }

  async #present(bits: number): Promise<void> {
    await this.#broker.presented('bob', { turn: this.#turn ?? 0, deliveries: this.#pick(bits) });
  }

  async #end(outcome: 'ok' | 'failed' | 'cancelled' | 'context_full', bits: number, hidden: number): Promise<void> {
    const turn = this.#turn ?? 0;
    const picked = this.#pick(bits);
    const unseen = this.#hide(hidden);
    const answer = await this.#broker.turnEnd(this.#session.id, report(turn, outcome, picked, unseen));
    const presented = this.#model.leased().filter((delivery) => delivery.presented);
    const acked = outcome === 'ok' ? presented.map((delivery) => this.#delivery.get(delivery.body)) : [];
    assert.deepEqual(answer.acked, acked);
    const failed = outcome === 'failed' || outcome === 'context_full';
    this.#model.end(outcome === 'ok' ? 'acked' : failed ? 'failed' : 'interrupted', this.#clock.now(), true);
    this.#turn = null;
    this.#lastEnd = { turn, answer };
  }

  /** The same report again, or a contradicting one, changes nothing. */
  async #endTwice({ turn, answer }: { turn: number; answer: unknown }): Promise<void> {
    const again = await this.#broker.turnEnd(this.#session.id, report(turn, 'ok', [...this.#delivery.values()]));
    assert.deepEqual(again, answer);
  }

  /** A harness that was spooling tells of a clean end that nobody knew of. */
  async #endLate({ turn, held }: { turn: number; held: Map<ModelDelivery, number> }): Promise<void> {
    const ids = [...held.keys()].map((delivery) => this.#delivery.get(delivery.body) ?? 0);
    const answer = await this.#broker.turnEnd(this.#session.id, report(turn, 'ok', ids));
    const acked = this.#model.endLate(held).map((delivery) => this.#delivery.get(delivery.body));
    assert.deepEqual(answer.acked, acked);
    this.#lost = undefined;
  }

  async #endSession(end: 'died' | 'stopped' | 'killed_by_hive'): Promise<void> {
    await this.#broker.sessionEnded(this.#session.id, end, 'test');
    if (this.#turn !== null) {
      const held = new Map(this.#model.leased().map((delivery) => [delivery, delivery.leases]));
      this.#lost = { turn: this.#turn, held };
      this.#lastEnd = undefined;
    }
    this.#model.end(end === 'died' ? 'failed' : 'interrupted', this.#clock.now(), false);
    this.#turn = null;
    await this.#newSession();
  }

  async #drop(): Promise<void> {
    this.#broker.disconnected(this.#session.id);
    await this.#resume();
  }

  async #resume(): Promise<void> {
    const { turn, resumed } = await this.#broker.hello('bob', this.#session.nonce, 'build');
    assert.deepEqual([turn, resumed], [this.#turn, true]);
  }

  /** The daemon dies with what is on disk at that moment; a send that was under way is tried again with its key. */
  async #crash(sending: boolean, turns: number): Promise<void> {
    const body = `number ${this.#sent}`;
    const keyed = { ...to('bob', body), key: `key of ${body}` };
    const unknown = sending ? this.#broker.send('alice', keyed).catch(() => undefined) : undefined;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    const file = join(this.#folder, `hive-${++this.#files}.db`);
    for (const suffix of ['', '-wal']) {
      const source = join(this.#folder, `hive-${this.#files - 1}.db${suffix}`);
      if (existsSync(source)) copyFileSync(source, `${file}${suffix}`);
    }
    await this.#close();
    await unknown;
    await this.#open(file);
    const now = this.#clock.monotonic();
    const stored = sending && this.#isStored(body);
    if (stored) this.#model.sendFromAlice(body, now);
    this.#model.restart();
    await this.#resume();
    if (!sending) return;
    const { id } = await this.#broker.send('alice', keyed);
    assert.equal((await this.#broker.send('alice', keyed)).id, id);
    this.#sent++;
    if (!stored) this.#model.sendFromAlice(body, now);
  }

  #isStored(body: string): boolean {
    return this.#hive?.hive.db.prepare('SELECT 1 FROM messages WHERE body = ?').get(body) !== undefined;
  }
}
