import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '#src/daemon/broker/index.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import { openTestBroker, report, to } from '../broker.ts';
import type { TestBroker } from '../broker.ts';
import { createTestClock } from '../clock.ts';
import { openTestDatabase } from '../database.ts';

/** What may happen at any moment, while what happened before is still on its way. */
export type Move =
  | { do: 'cut' | 'next' | 'end' | 'send' | 'fence' | 'replace' | 'hold' | 'go' | 'crash' }
  /** `ahead` = the call for a turn comes in one piece with it. */
  | { do: 'hello'; ahead: boolean }
  /** Turns of the event loop; none = a few microtasks. */
  | { do: 'pass'; turns: number }
  | { do: 'wait'; ms: number };

/** A connection of bob's harness, as its socket's side of the daemon sees it. */
interface Line {
  closing: AbortController;
  session: number | undefined;
  waits: boolean;
  turn: Awaited<ReturnType<Broker['next']>> | undefined;
}

/** A row lags behind its connection by no more, and whoever is gone for so long is given up. */
const SOON_MS = 20;
const RESUME_MS = 60_000;
const QUIET_MS = 10 * 60_000;

/** Bob's harness and the daemon, neither of which waits for the other: what holds whenever all has settled is checked. */
export class Race implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hive-race-'));
  readonly #clock = createTestClock();
  #hive: TestBroker | undefined;
  #lines: Line[] = [];
  #nonce = '';
  #session = 0;
  #files = 0;
  #nonces = 0;
  #sent = 0;
  #holding = false;
  #replacing = false;
  /** Whether the dashboard believes that bob's harness is connected. */
  #shown = false;
  readonly #fenced = new Set<number>();
  readonly #problems: string[] = [];

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async run(moves: readonly Move[]): Promise<void> {
    await this.#open(this.#file());
    await this.#newSession();
    for (const move of moves) await this.#make(move);
    await this.#settled();
    await this.#leave();
    await this.#drain();
    await this.#isWatched();
  }

  get #all(): TestBroker {
    assert.ok(this.#hive);
    return this.#hive;
  }

  get #broker(): Broker {
    return this.#all.broker;
  }

  #file(): string {
    return join(this.#folder, `hive-${this.#files}.db`);
  }

  /** The connection that serves a session. */
  get #bound(): Line | undefined {
    const bound = this.#lines.filter(({ session, closing }) => session !== undefined && !closing.signal.aborted);
    assert.ok(bound.length <= 1, 'two connections are bound');
    return bound[0];
  }

  async #make(move: Move): Promise<void> {
    if (move.do === 'hello') this.#hello(move.ahead);
    if (move.do === 'cut') this.#lines.at(-1)?.closing.abort();
    if (move.do === 'next' && this.#bound) this.#next(this.#bound);
    if (move.do === 'end') this.#end();
    if (move.do === 'send') void this.#broker.send('operator', to('bob', `number ${this.#sent++}`));
    if (move.do === 'fence') this.#fence();
    if (move.do === 'replace') this.#replace();
    if (move.do === 'hold' || move.do === 'go') this.#hold(move.do === 'hold');
    if (move.do === 'crash') await this.#crash();
    if (move.do === 'pass') await pass(move.turns);
    if (move.do === 'wait') await this.#wait(move.ms);
  }

  /** As the handler of `hello` does it. */
  #hello(ahead: boolean): void {
    const line: Line = { closing: new AbortController(), session: undefined, waits: false, turn: undefined };
    this.#lines.push(line);
    const { signal } = line.closing;
    const broker = this.#broker;
    const bind = ({ session }: { session: number }): void => {
      if (this.#hive?.broker !== broker) return;
      line.session = session;
      const gone = (): void => broker.disconnected(session);
      if (signal.aborted) gone();
      else signal.addEventListener('abort', gone, { once: true });
      if (ahead) this.#next(line);
    };
    broker.hello('bob', this.#nonce, 'build').then(bind, () => undefined);
  }

  #next(line: Line): void {
    const { session } = line;
    if (session === undefined || line.waits || line.turn) return;
    line.waits = true;
    const over = this.#fenced.has(session);
    this.#broker.next(session, 4, line.closing.signal).then(
      (turn) => {
        Object.assign(line, { waits: false, turn });
        return over && this.#problems.push(`session ${session} was fenced and got turn ${turn.turn}`);
      },
      () => (line.waits = false),
    );
  }

  #end(): void {
    const line = this.#bound;
    if (line?.session === undefined || !line.turn) return;
    const { turn, deliveries } = line.turn;
    line.turn = undefined;
    const presented = deliveries.map(({ delivery }) => delivery);
    this.#broker.turnEnd(line.session, report(turn, 'ok', presented)).catch(() => undefined);
  }

  #fence(): void {
    const session = this.#session;
    this.#broker.fence(session).then(
      () => this.#fenced.add(session),
      () => undefined,
    );
  }

  /** The container is killed and another one is started; its connections end a little later. */
  #replace(): void {
    if (this.#replacing) return;
    this.#replacing = true;
    const lines = this.#lines;
    const broker = this.#broker;
    const nonce = String(++this.#nonces).padStart(64, '0');
    const ended = broker.sessionEnded(this.#session, 'killed_by_hive', 'test');
    const replaced = (session: number): void => {
      for (const line of lines) line.closing.abort();
      if (this.#hive?.broker !== broker) return;
      this.#session = session;
      this.#nonce = nonce;
      this.#replacing = false;
    };
    ended
      .then(() => broker.openSession('bob', nonce))
      .then(replaced, (error: Error) => this.#hive?.broker === broker && this.#problems.push(error.message));
  }

  #hold(holding: boolean): void {
    this.#holding = holding;
    this.#broker.setHolding('bob', holding);
  }

  async #wait(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    await this.#settled();
  }

  /** What holds when nothing is on its way. */
  async #settled(): Promise<void> {
    await this.#clock.advance(SOON_MS);
    const session = this.#broker.currentSession('bob');
    assert.deepEqual(this.#problems, []);
    const line = this.#bound;
    const given = session?.state === 'lost' || session === undefined;
    if (line && !given && line.session === session.id) assert.equal(session.state, 'live', 'connected');
    if (!line && !given) assert.notEqual(session.state, 'live', 'nobody is connected');
    if (!given) assert.equal(this.#shown, line !== undefined, 'what the dashboard was told');
    if (given) assert.equal(line?.waits ?? false, false, 'a call of a session that was given up waits');
    if (!line?.waits || this.#holding) return;
    assert.equal(this.#broker.counts('bob').queued, 0, 'mail waits, and so does a call for it');
  }

  /** Whatever happened, nobody who is gone is waited for without end. */
  async #leave(): Promise<void> {
    for (const { closing } of this.#lines) closing.abort();
    await this.#wait(RESUME_MS);
    const state = this.#broker.currentSession('bob')?.state;
    assert.ok(state === 'lost' || state === undefined, `gone for a minute, and ${state}`);
  }

  /** Whatever was confirmed is handed out at last and acked, once. */
  async #drain(): Promise<void> {
    this.#hold(false);
    this.#replace();
    await this.#settled();
    this.#hello(false);
    await this.#settled();
    for (let round = 0; round < 200; round++) {
      if (this.#bound) this.#next(this.#bound);
      await this.#clock.advance(0);
      if (!this.#bound?.turn) break;
      this.#end();
      await this.#clock.advance(0);
    }
    const left = this.#all.hive.db.prepare(`SELECT count(*) FROM deliveries WHERE state <> 'acked'`).pluck().get();
    assert.equal(left, 0, 'something was not handled');
  }

  /** A harness that waits for mail is left alone, one that went has its time, and one that came back and hangs is given up. */
  async #isWatched(): Promise<void> {
    const { lost } = this.#all.asked;
    const before = lost.length;
    await this.#clock.advance(QUIET_MS);
    assert.equal(lost.length, before, 'one that waits was given up');
    this.#bound?.closing.abort();
    await this.#clock.advance(RESUME_MS - 1);
    assert.equal(lost.length, before, 'one that went had not all of its time');
    await this.#clock.advance(SOON_MS);
    assert.equal(lost.length, before + 1, 'one that went is waited for without end');
  }

  async #open(file: string): Promise<void> {
    const hive = openTestDatabase({ clock: this.#clock, file });
    hive.writer.onEvents((events) => events.forEach((event) => this.#told(event)));
    this.#hive = await openTestBroker(['alice', 'bob'], { hive });
    this.#shown = false;
    if (this.#holding) this.#broker.setHolding('bob', true);
  }

  #told(event: HiveEvent): void {
    if (event.type !== 'agent.changed' || event.agent !== 'bob') return;
    const connected = event.what === 'harness connected';
    if (!connected && event.what !== 'harness disconnected') {
      if (/^session (ended|lost)/.test(event.what)) this.#shown = false;
      return;
    }
    if (connected && this.#shown) this.#problems.push('told twice that the harness is connected');
    this.#shown = connected;
  }

  async #newSession(): Promise<void> {
    this.#nonce = String(++this.#nonces).padStart(64, '0');
    this.#session = await this.#broker.openSession('bob', this.#nonce);
  }

  async #close(): Promise<void> {
    const hive = this.#hive;
    this.#hive = undefined;
    await hive?.[Symbol.asyncDispose]();
  }

  /** The daemon dies with what is on disk at that moment. */
  async #crash(): Promise<void> {
    const before = this.#file();
    this.#files++;
    for (const suffix of ['', '-wal'])
      if (existsSync(before + suffix)) copyFileSync(before + suffix, this.#file() + suffix);
    this.#lines = [];
    await this.#close();
    await this.#open(this.#file());
    this.#fenced.clear();
    if (this.#replacing) await this.#goOnReplacing();
  }

  async #goOnReplacing(): Promise<void> {
    this.#replacing = false;
    const current = this.#broker.currentSession('bob');
    if (current) await this.#broker.sessionEnded(current.id, 'killed_by_hive', 'test');
    await this.#newSession();
  }
}

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  for (let micro = 0; micro < 3; micro++) await Promise.resolve();
}
