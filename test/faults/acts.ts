import { HiveError } from '#src/lib/errors.ts';
import type { TurnOutcome } from '#src/protocol/shapes.ts';
import { addAgents, report } from '../support/broker.ts';
import { waitUntil } from '../support/wait.ts';
import { count, findAskId, isLogMoved } from './rows.ts';
import { AGENTS, nonceOf } from './hive.ts';
import type { FaultHive } from './hive.ts';

/** Something somebody does to the hive. Every text is used once, so that rows can be told apart by it. */
export type Act =
  | { do: 'agents' }
  | { do: 'send'; from: string; to: string; body: string }
  | { do: 'ask'; from: string; to: string; body: string; seconds?: number }
  | { do: 'answer'; from: string; ask: string; body: string }
  | { do: 'cancel'; from: string; ask: string }
  | { do: 'remind'; from: string; body: string; seconds: number }
  | { do: 'session'; agent: string }
  | { do: 'next'; agent: string }
  | { do: 'recv'; agent: string; max: number }
  | { do: 'presented'; agent: string }
  | { do: 'end'; agent: string; outcome: TurnOutcome; turn?: number; presented?: number[] }
  | { do: 'inbox' }
  | { do: 'meter'; agent: string; tokens: number }
  /** Waits until the log was moved into the database, or could not be. */
  | { do: 'moved' }
  /** What is old is forgotten: acked messages after a day. */
  | { do: 'retain' }
  /** Time goes by; what is due fires. */
  | { do: 'pass'; ms: number };

const NOTHING_USED = { turn: null, model: 'm', input: 0, output: 0, cacheRead: 0, cacheWrite: 0, complete: true };

/** A turn that runs: its number, and the deliveries it took. */
interface Running {
  turn: number;
  deliveries: number[];
}

/** Performs acts against one hive and remembers the sessions and turns they need. */
export class Actor {
  readonly #hive: FaultHive;
  readonly #sessions = new Map<string, number>();
  readonly #running = new Map<string, Running>();

  constructor(hive: FaultHive) {
    this.#hive = hive;
  }

  /** The act with what only this moment knows, or nothing when it does not fit what happened before (an earlier act was refused). */
  prepare(act: Act): Act | undefined {
    if (act.do === 'send') return this.#reaches(act.to) ? act : undefined;
    if (act.do === 'answer' || act.do === 'cancel') return findAskId(this.#hive.db, act.ask) ? act : undefined;
    if (act.do === 'next') return this.#sessions.has(act.agent) ? act : undefined;
    if (act.do === 'recv' || act.do === 'presented') return this.#running.has(act.agent) ? act : undefined;
    if (act.do !== 'end' || act.turn !== undefined) return act;
    const running = this.#running.get(act.agent);
    return running && { ...act, turn: running.turn, presented: running.deliveries };
  }

  /** Resolves with what the caller is told. */
  async perform(act: Act): Promise<unknown> {
    const { broker, scheduler, telemetry, clock } = this.#hive;
    const key = JSON.stringify(act).slice(0, 128);
    if (act.do === 'agents') return addAgents(this.#hive, AGENTS);
    if (act.do === 'send') return broker.send(act.from, { to: act.to, body: act.body, key });
    if (act.do === 'ask') return this.#ask(act, key);
    if (act.do === 'answer') return broker.answer(act.from, { id: this.#askId(act.ask), text: act.body, key });
    if (act.do === 'cancel') return broker.cancelAsk(act.from, { id: this.#askId(act.ask), key });
    if (act.do === 'remind')
      return scheduler.remind(act.from, act.from, { message: act.body, delay_seconds: act.seconds, key });
    if (act.do === 'inbox') return broker.inbox({ peek: false, max: 100 });
    if (act.do === 'meter') return telemetry.used({ ...NOTHING_USED, agent: act.agent, input: act.tokens });
    if (act.do === 'retain') return this.#hive.retention.run();
    if (act.do === 'pass') return clock.advance(act.ms);
    if (act.do === 'moved') return this.#logMoved();
    return this.#performInTurn(act);
  }

  async #performInTurn(act: Extract<Act, { do: 'session' | 'next' | 'recv' | 'presented' | 'end' }>): Promise<unknown> {
    const { broker } = this.#hive;
    if (act.do === 'session') return this.#connect(act.agent);
    if (act.do === 'next') return this.#next(act.agent);
    const running = this.#running.get(act.agent);
    if (act.do === 'end') {
      const answer = await broker.turnEnd(this.#session(act.agent), report(act.turn ?? 0, act.outcome, act.presented));
      this.#running.delete(act.agent);
      return answer;
    }
    if (!running) throw new HiveError('conflict', `no turn of ${act.agent} runs`);
    if (act.do === 'presented')
      return broker.presented(act.agent, { turn: running.turn, deliveries: running.deliveries });
    const mail = await broker.recv(act.agent, { max: act.max, turn: running.turn }, new AbortController().signal);
    running.deliveries.push(...mail.messages.map(({ delivery }) => delivery));
    return mail;
  }

  #reaches(to: string): boolean {
    return to === '*' || to === 'operator' || count(this.#hive.db, 'agents WHERE name = ?', to) > 0;
  }

  /** Moved, or tried in vain: that is only logged, since it is tried again. */
  #logMoved(): Promise<boolean> {
    const { db, log } = this.#hive;
    return waitUntil('the log was moved', () => isLogMoved(db) || log.errors.length > 0, 5000);
  }

  #ask(act: Extract<Act, { do: 'ask' }>, key: string): Promise<unknown> {
    const deadline = act.seconds === undefined ? {} : { deadline_seconds: act.seconds };
    return this.#hive.broker.ask(act.from, { to: act.to, question: act.body, multi: false, ...deadline, key });
  }

  async #connect(agent: string): Promise<unknown> {
    const { broker } = this.#hive;
    if (!broker.currentSession(agent)) await broker.openSession(agent, nonceOf(agent));
    const hello = await broker.hello(agent, nonceOf(agent), 'build');
    this.#sessions.set(agent, hello.session);
    return hello;
  }

  async #next(agent: string): Promise<unknown> {
    const turn = await this.#hive.broker.next(this.#session(agent), 3, AbortSignal.timeout(5000));
    this.#running.set(agent, { turn: turn.turn, deliveries: turn.deliveries.map(({ delivery }) => delivery) });
    return turn;
  }

  #session(agent: string): number {
    const session = this.#sessions.get(agent);
    if (session === undefined) throw new HiveError('conflict', `${agent} has no session`);
    return session;
  }

  #askId(question: string): number {
    const id = findAskId(this.#hive.db, question);
    if (id === undefined) throw new HiveError('not_found', `nobody asked "${question}"`);
    return id;
  }
}
