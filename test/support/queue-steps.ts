import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_GUARDS } from '#src/daemon/broker/index.ts';
import { openTestBroker, report, to } from './broker.ts';
import type { TestBroker } from './broker.ts';

/** Who takes part in {@link Step}s. */
export const AGENTS = ['alice', 'bob', 'zoe'] as const;
const LOOP = { depth: 3, messages: 6, window_seconds: 10_000 };
const LONG = 'long '.repeat(1000);

type Agent = (typeof AGENTS)[number];
type Outcome = Parameters<typeof report>[1];

/** Something that happens to queues. */
export type Step =
  | { do: 'send'; from: Agent | 'operator'; to: Agent | 'operator' | '*'; many: number; long: boolean }
  | { do: 'ask'; from: Agent; to: Agent; close: 'answer' | 'cancel' | 'leave' }
  | { do: 'turn'; agent: Agent; max: number; more: number; outcome: Outcome; seen: number }
  | { do: 'die'; agent: Agent }
  | { do: 'group'; sends: Agent[]; fails: boolean; throws: boolean; outcome: Outcome }
  | { do: 'lost commit'; sends: Agent[] }
  | { do: 'remind'; agents: Agent[]; fails: boolean }
  | { do: 'remove'; agent: Agent; failing: boolean }
  | { do: 'release' | 'retry' | 'inbox' | 'restart' | 'wait' };

const agent = fc.constantFrom(...AGENTS);
const agents = fc.array(agent, { minLength: 1, maxLength: 30 });
const outcome = fc.constantFrom<Outcome>('ok', 'ok', 'failed', 'cancelled');

/** Any {@link Step}. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send'),
      from: fc.constantFrom(...AGENTS, 'operator' as const),
      to: fc.constantFrom(...AGENTS, 'operator' as const, '*' as const),
      many: fc.constantFrom(1, 1, 3, 30),
      long: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('ask'),
      ...{ from: agent, to: agent, close: fc.constantFrom('answer', 'cancel', 'leave') },
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('turn'),
      ...{ agent, max: fc.integer({ min: 1, max: 4 }), more: fc.nat(3), outcome, seen: fc.nat(15) },
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die'), agent }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('group'),
      ...{ sends: agents, fails: fc.boolean(), throws: fc.boolean(), outcome },
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lost commit'), sends: agents }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remind'), agents, fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), agent, failing: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('release', 'retry', 'inbox', 'restart', 'wait') }),
  },
) as fc.Arbitrary<Step>;

/** A hive that is driven by {@link Step}s; what does not fit the moment is passed over. */
export class Driven {
  #hive: TestBroker;
  readonly #sessions = new Map<Agent, number>();

  constructor(hive: TestBroker) {
    this.#hive = hive;
  }

  /** Takes steps, and compares memory and table after each. */
  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      await this.#take(one);
      await this.#check(JSON.stringify(one));
    }
  }

  async #take(one: Step): Promise<void> {
    const { broker, hive } = this.#hive;
    if (one.do === 'send') await this.#send(one);
    if (one.do === 'ask' && one.from !== one.to) await this.#ask(one);
    if (one.do === 'turn') await this.#turn(one);
    if (one.do === 'die') await this.#die(one.agent);
    if (one.do === 'group') await this.#group(one);
    if (one.do === 'lost commit') await this.#lostCommit(one.sends);
    if (one.do === 'remind') await this.#remind(one.agents, one.fails);
    if (one.do === 'remove') await this.#remove(one.agent, one.failing);
    if (one.do === 'release') for (const pair of broker.parkedPairs(5)) await broker.releasePair(pair.id);
    if (one.do === 'retry') for (const name of AGENTS) await broker.deadRetry({ agent: name });
    if (one.do === 'inbox') await broker.inbox({ peek: false, max: 2 });
    if (one.do === 'restart') await this.#restart();
    if (one.do === 'wait') await hive.clock.advance(700_000);
  }

  /** Memory and table say the same of every queue. */
  async #check(after: string): Promise<void> {
    const { broker, hive } = this.#hive;
    const queued = hive.db
      .prepare<[], { recipient: string; id: number }>(
        "SELECT recipient, id FROM deliveries WHERE state = 'queued' ORDER BY id",
      )
      .all();
    const of = (name: string): number[] => queued.filter((row) => row.recipient === name).map((row) => row.id);
    assert.ok(await broker.checkQueues(), after);
    assert.deepEqual(hive.log.errors, [], after);
    const { queued: waiting, unread } = broker.totals();
    assert.deepEqual([waiting, unread], [queued.length - of('operator').length, of('operator').length], after);
    for (const name of AGENTS) {
      assert.equal(broker.counts(name).queued, of(name).length, after);
      if (this.#sessions.has(name)) await this.#compareShown(name, of(name), after);
    }
  }

  /** What is shown of a queue without taking it is its head, as the table has it. */
  async #compareShown(name: Agent, ids: number[], after: string): Promise<void> {
    const { broker, hive } = this.#hive;
    const { messages, remaining } = await broker.recv(name, { max: 3 }, new AbortController().signal);
    assert.equal(remaining + messages.length, ids.length, after);
    const stored = hive.db.prepare(
      `SELECT d.id AS delivery, m.id, m.sender AS "from", m.body, d.redelivered, m.kind = 'ask' AND a.state IN ('answered', 'cancelled') AS closed
       FROM deliveries d JOIN messages m ON m.id = d.message_id LEFT JOIN asks a ON a.id = m.ask_id WHERE d.id = ?`,
    );
    for (const [place, { delivery, id, from, body, redelivered }] of messages.entries()) {
      const closed = /\n\n\(ask \d+ is already/.test(body) ? 1 : 0;
      const shown = { delivery, id, from, body: body.split('\n\n(ask')[0], redelivered, closed };
      assert.deepEqual(shown, stored.get(ids[place]), after);
    }
  }

  async #send({ from, to: recipient, many, long }: Extract<Step, { do: 'send' }>): Promise<void> {
    const body = long ? LONG : 'short';
    const sends = Array.from({ length: many }, () => this.#hive.broker.send(from, to(recipient, body)));
    await Promise.allSettled(sends);
  }

  async #ask({ from, to: target, close }: Extract<Step, { do: 'ask' }>): Promise<void> {
    const { broker } = this.#hive;
    const { id } = await broker.ask(from, { to: target, question: 'why?', multi: false });
    if (close === 'answer') await broker.answer('operator', { id, text: 'so' });
    if (close === 'cancel') await broker.cancelAsk(from, { id });
  }

  async #session(name: Agent): Promise<number> {
    const known = this.#sessions.get(name) ?? (await this.#hive.connect(name));
    this.#sessions.set(name, known);
    return known;
  }

  async #turn({ agent: name, max, more, outcome: how, seen }: Extract<Step, { do: 'turn' }>): Promise<void> {
    const { broker } = this.#hive;
    const session = await this.#session(name);
    if (!this.#hasTurn(name)) return;
    const { turn, deliveries } = await this.#hive.next(session, max);
    this.#compareDepth(turn);
    const taken = more > 0 ? (await broker.recv(name, { turn, max: more }, new AbortController().signal)).messages : [];
    await this.#check('in a turn');
    if (seen % 3 === 0) await broker.send(name, to(name === 'bob' ? 'alice' : 'bob', 'a reply'));
    const ids = [...deliveries, ...taken].map((row) => row.delivery);
    const presented = ids.filter((_, place) => (seen >> place) % 2 === 0);
    const unseen = ids.filter((id, place) => place % 2 === 0 && !presented.includes(id));
    await broker.turnEnd(session, report(turn, how, presented, unseen));
  }

  /** A turn would be handed out at once. */
  #hasTurn(name: Agent): boolean {
    const { db, clock } = this.#hive.hive;
    const waking = db.prepare(
      `SELECT 1 FROM deliveries WHERE recipient = ? AND state = 'queued' AND wakes = 1
       AND (SELECT not_before FROM deliveries WHERE recipient = ? AND state = 'queued' ORDER BY id LIMIT 1) <= ?`,
    );
    return waking.get(name, name, clock.now()) !== undefined;
  }

  /** What a turn took is as deep as the table says. */
  #compareDepth(turn: number): void {
    const { db } = this.#hive.hive;
    const sql = `SELECT t.depth, iif(max(m.sender IN ('operator', 'forge')), -1, max(m.depth)) AS stored FROM turns t JOIN leases l ON l.turn_id = t.id
      JOIN deliveries d ON d.id = l.delivery_id JOIN messages m ON m.id = d.message_id WHERE t.id = ?`;
    const { depth, stored } = db.prepare<[number], { depth: number; stored: number }>(sql).get(turn)!;
    assert.equal(depth, stored);
  }

  async #die(name: Agent): Promise<void> {
    const session = this.#sessions.get(name);
    if (session === undefined) return;
    this.#sessions.delete(name);
    await this.#hive.broker.sessionEnded(session, 'died', 'gone');
  }

  /** Operations of one transaction: sends, a turn of bob that is handed out or ends, one that is refused and one that throws at the end. All run again by themselves. */
  async #group({ sends, fails, throws, outcome: how }: Extract<Step, { do: 'group' }>): Promise<void> {
    const { broker, hive } = this.#hive;
    const session = await this.#session('bob');
    const begun = this.#hasTurn('bob') ? await this.#hive.next(session, 2) : undefined;
    const calls: Promise<unknown>[] = sends.map((name) =>
      broker.send(name === 'bob' ? 'zoe' : 'bob', to(name, 'together')),
    );
    const shown = (turn: typeof begun): number[] => turn?.deliveries.map((row) => row.delivery) ?? [];
    if (begun) calls.push(broker.turnEnd(session, report(begun.turn, how, shown(begun))));
    const stop = new AbortController();
    const next = broker.next(session, 3, stop.signal).catch(() => undefined);
    if (fails) calls.push(broker.send('alice', to('nobody', 'x')));
    if (throws) calls.push(hive.writer.write('test', (tx) => tx.beforeCommit('planted', () => assert.fail('planted'))));
    const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected');
    assert.equal(failed.length, fails ? 1 : 0);
    hive.log.errors = hive.log.errors.filter((error) => !JSON.stringify(error).includes('planted'));
    await this.#check('in a group');
    stop.abort();
    const turn = await next;
    if (turn) await broker.turnEnd(session, report(turn.turn, 'ok', shown(turn)));
  }

  /** The storage fails at the COMMIT: nothing of the transaction is kept. */
  async #lostCommit(sends: readonly Agent[]): Promise<void> {
    const { db } = this.#hive.hive;
    const { prepare } = db;
    db.prepare = ((sql: string) => {
      if (sql !== 'COMMIT') return prepare.call(db, sql);
      db.prepare = prepare;
      return { run: () => assert.fail('planted') };
    }) as typeof prepare;
    const calls = sends.map((name) => this.#hive.broker.send('operator', to(name, 'never')));
    for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected');
  }

  async #remind(names: readonly Agent[], fails: boolean): Promise<void> {
    const { broker, hive } = this.#hive;
    const due = names.map((name) => ({ to: name, from: name, body: 'remember', depth: 0 }));
    const calls = [hive.writer.write('system', (tx) => broker.enqueueReminders(tx, due))];
    if (fails) calls.push(hive.writer.write('test', () => assert.fail('planted')));
    await Promise.allSettled(calls);
  }

  /** Removed, and there again under the same name: with `failing` in a transaction in which something else fails. */
  async #remove(name: Agent, failing: boolean): Promise<void> {
    const { broker, hive } = this.#hive;
    await this.#die(name);
    const remove = 'UPDATE agents SET removed_at = 1 WHERE name = ?';
    await hive.writer.write('test', (tx) => tx.db.prepare(remove).run(name));
    const calls: Promise<unknown>[] = [broker.agentRemoved(name)];
    if (failing) calls.push(hive.writer.write('test', () => assert.fail('planted')));
    await Promise.allSettled(calls);
    await this.#check('removed');
    await hive.writer.write('test', (tx) =>
      tx.db.prepare('UPDATE agents SET removed_at = NULL WHERE name = ?').run(name),
    );
  }

  async #restart(): Promise<void> {
    await this.#hive.broker[Symbol.asyncDispose]();
    const { hive } = this.#hive;
    this.#hive = await openTestBroker([], { hive, settings: SETTINGS });
    for (const name of this.#sessions.keys()) await this.#die(name);
  }
}

/** Nothing is given up for silence here: that is what other tests are for. */
const FOREVER = 10 ** 12;
const PATIENT = { hello: FOREVER, poll: FOREVER, turnStart: FOREVER, resume: FOREVER };
/** Of the broker that is driven. */
export const SETTINGS = { ...PATIENT, attempts: 2, guards: { ...NO_GUARDS, loop: LOOP } };
