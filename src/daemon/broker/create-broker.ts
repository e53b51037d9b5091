import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { Act } from '#src/protocol/methods/harness.ts';
import type { Tx, Writer } from '../db/index.ts';
import { agentRemoved } from './agent-removed.ts';
import type { Broker, BrokerHooks, QueueFacts } from './api.ts';
import { answer } from './asks/answer.ts';
import { ask } from './asks/ask.ts';
import { asksOf } from './asks/asks-of.ts';
import { cancelAsk } from './asks/cancel-ask.ts';
import { askDeadlines } from './asks/deadlines.ts';
import { keepOpen } from './asks/keep-open.ts';
import { getAsk, toThread } from './asks/thread.ts';
import type { Core } from './core.ts';
import { Backlogs } from './deliveries/backlogs.ts';
import { checkQueues } from './deliveries/check-queues.ts';
import { toReceived } from './deliveries/received.ts';
import { dismissDead } from './deliveries/dismiss-dead.ts';
import { retryDead } from './deliveries/retry-dead.ts';
import { Guards } from './guards/guards.ts';
import { listPairs, loadParked, releasePair } from './guards/release.ts';
import { enqueueReminders } from './messages/enqueue-reminders.ts';
import { enqueueSystem } from './messages/enqueue.ts';
import { forgetMessages } from './messages/forget-messages.ts';
import { noteSoon } from './messages/note-soon.ts';
import { send } from './messages/send.ts';
import { findSpeaking } from './messages/speaker.ts';
import { Searcher } from './search/searcher.ts';
import { Alarms } from './sessions/alarms.ts';
import { fence, sessionEnded } from './sessions/end-session.ts';
import { disconnected, hello } from './sessions/hello.ts';
import { openSession } from './sessions/open-session.ts';
import { mayReach } from './sessions/reach.ts';
import { takeUpSessions } from './sessions/take-up.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import type { BrokerSettings } from './settings.ts';
import { insertAct } from './stores/act-store.ts';
import { listGoneRecipients } from './stores/agent-store.ts';
import { findAskByIssue, listClosedAsks, listOpenAsks } from './stores/ask-store.ts';
import { listLeasedTo } from './stores/delivery-store.ts';
import { findCurrentSession } from './stores/session-store.ts';
import { findRunningTurn } from './stores/turn-store.ts';
import { cancelTurn } from './turns/cancel-turn.ts';
import { mailWaiting } from './turns/mail-waiting.ts';
import { next } from './turns/next.ts';
import { noteTurnsSoon } from './turns/note-turns.ts';
import { presented } from './turns/presented.ts';
import { noSuchTurn, recv } from './turns/recv.ts';
import { serveAllSoon, serveSoon } from './turns/serve.ts';
import { turnActivity } from './turns/turn-activity.ts';
import { turnEnd } from './turns/turn-end.ts';
import { Waiters } from './turns/waiters.ts';
import { countHive } from './views/counts.ts';
import { showDead } from './views/dead.ts';
import { gatherFacts, NO_COUNTS } from './views/facts.ts';
import { listDead, listFlow, listThread } from './views/flow.ts';
import { inbox } from './views/inbox.ts';
import { listAgentTurns } from './views/turns.ts';

/** What the broker needs; `settings` overrides {@link DEFAULT_SETTINGS} in part. */
export interface BrokerDeps {
  writer: Writer;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  hooks: BrokerHooks;
  settings?: Partial<BrokerSettings>;
}

/** Builds the {@link Broker}; call `start` before sockets open. */
export function createBroker(deps: BrokerDeps): Broker {
  const core = createCore(deps);
  return { ...speaking(core), ...asking(core), ...running(core), ...watching(core) };
}

function createCore({ settings: changes, ...deps }: BrokerDeps): Core {
  const settings = { ...DEFAULT_SETTINGS, ...changes };
  const core: Core = {
    ...deps,
    settings,
    guards: new Guards(settings.guards, deps.clock),
    mayBeParked: new Set(),
    searcher: new Searcher({ ...deps, file: () => deps.writer.read((db) => db.name) }),
    notingWords: false,
    stopped: false,
    waiters: new Waiters(),
    backlogs: new Backlogs({ ...deps, readAgain: () => serveAllSoon(core) }),
    handed: new Map(),
    connected: new Set(),
    idle: new Map(),
    left: new Map(),
    sessionAlarms: new Alarms(deps.clock),
    backOffAlarms: new Alarms(deps.clock),
    sessionAgents: new Map(),
    reach: new Map(),
    holding: new Set(),
    cancelled: new Set(),
    damaged: new Set(),
    turnEnds: new Map(),
    failures: new Map(),
  };
  return core;
}

type Speaking =
  | 'send'
  | 'notify'
  | 'enqueueReminders'
  | 'findSpeaking'
  | 'recv'
  | 'turnMessages'
  | 'presented'
  | 'inbox'
  | 'messages'
  | 'search'
  | 'forgetMessages';

function speaking(core: Core): Pick<Broker, Speaking> {
  const { writer } = core;
  return {
    send: (from, input) => send(core, from, input),
    notify: (message) => writer.write('system', (tx) => enqueueSystem(core, tx, message)),
    enqueueReminders: (tx, due) => enqueueReminders(core, tx, due),
    findSpeaking,
    recv: (agent, input, signal) => recv(core, agent, input, signal),
    turnMessages: (agent, turn) =>
      writer.read((db) => {
        if (findRunningTurn(db, agent)?.id !== turn) throw noSuchTurn(agent, turn);
        return listLeasedTo(db, turn).map((row) => toReceived(core, row));
      }),
    presented: (agent, input) => presented(core, agent, input),
    inbox: (input) => inbox(core, input),
    messages: (input) => writer.read((db) => listFlow(db, input)),
    search: (input) => core.searcher.search(input),
    forgetMessages,
  };
}

type Asking =
  'ask' | 'answer' | 'cancelAsk' | 'keepAskOpen' | 'asksOf' | 'threads' | 'thread' | 'askByIssue' | 'askDeadlines';

function asking(core: Core): Pick<Broker, Asking> {
  const { writer } = core;
  return {
    ask: (from, input) => ask(core, from, input),
    answer: (from, input, forgeComment) => answer(core, from, input, forgeComment),
    cancelAsk: (from, input) => cancelAsk(core, from, input),
    keepAskOpen: (id, by) => keepOpen(core, id, by),
    asksOf: (who, max) => asksOf(core, who, max),
    threads: ({ state, max }) =>
      writer.read((db) => {
        const open = state === undefined || state === 'open' ? listOpenAsks(db, max) : [];
        const closed = state === 'open' ? [] : listClosedAsks(db, state ?? null, max - open.length);
        return [...open, ...closed].map((row) => toThread(core, row));
      }),
    thread: (id) => writer.read((db) => ({ thread: toThread(core, getAsk(db, id)), messages: listThread(db, id) })),
    askByIssue: (issue) =>
      writer.read((db) => {
        const row = findAskByIssue(db, issue);
        return row && toThread(core, row);
      }),
    askDeadlines: askDeadlines(core),
  };
}

type Running =
  | 'start'
  | 'openSession'
  | 'hello'
  | 'disconnected'
  | 'next'
  | 'turnActivity'
  | 'mailWaiting'
  | 'turnEnd'
  | 'sessionEnded'
  | 'fence'
  | 'recordAct'
  | 'recordActIn'
  | 'cancelTurn'
  | 'setHolding'
  | 'agentRemoved';

function running(core: Core): Pick<Broker, Running> {
  const { writer } = core;
  const recordActIn = (tx: Tx, agent: string, act: Omit<Act, 'at'>): void => {
    const turn = findRunningTurn(tx.db, agent);
    if (turn) insertAct(tx.db, { kind: act.kind, summary: act.summary, turn: turn.id, at: tx.now });
  };
  return {
    async start() {
      loadParked(core);
      await takeUpSessions(core);
      const gone = writer.read((db) => listGoneRecipients(db, core.backlogs.recipients({ db })));
      for (const name of gone) await agentRemoved(core, name);
      noteSoon(core);
      noteTurnsSoon(core);
    },
    openSession: (agent, nonce) => openSession(core, agent, nonce),
    hello: (agent, nonce, build) => hello(core, agent, { nonce, build }),
    disconnected: (session) => disconnected(core, session),
    next: (session, max, signal) => next(core, session, max, signal),
    turnActivity: (session, input) => turnActivity(core, session, input),
    mailWaiting: (session, turn) => mailWaiting(core, session, turn),
    turnEnd: (session, input) => turnEnd(core, session, input),
    sessionEnded: (session, end, detail) => sessionEnded(core, session, end, detail),
    fence: (session) => fence(core, session),
    recordAct: (agent, act) => writer.write(agent, (tx) => recordActIn(tx, agent, act)),
    recordActIn,
    cancelTurn: (agent, reason) => cancelTurn(core, agent, reason),
    setHolding(agent, holding) {
      if (holding) core.holding.add(agent);
      else if (core.holding.delete(agent)) serveSoon(core, agent);
    },
    agentRemoved: (agent) => agentRemoved(core, agent),
  };
}

type Watching = Exclude<keyof Broker, Speaking | Asking | Running>;

function watching(core: Core): Pick<Broker, Watching> {
  const { writer } = core;
  const facts = (agent: string | null): Map<string, QueueFacts> => writer.read((db) => gatherFacts(core, db, agent));
  return {
    currentSession: (agent) =>
      writer.read((db) => {
        const row = findCurrentSession(db, agent);
        return row && { id: row.id, agent, state: row.state, turn: findRunningTurn(db, agent)?.id ?? null };
      }),
    mayReach: (agent) => mayReach(core, agent),
    runningTurn: (agent) => writer.read((db) => findRunningTurn(db, agent))?.id ?? null,
    facts: (agent) => facts(agent ?? null),
    counts: (agent) => facts(agent).get(agent)?.counts ?? NO_COUNTS,
    totals: () => writer.read((db) => countHive(core, db)),
    damagedMessages: () => [...core.damaged],
    checkQueues: () => checkQueues(core),
    deadLetters: (max) => writer.read((db) => listDead(db, max)),
    deadList: (input) => writer.read((db) => showDead(db, input)),
    deadRetry: (input) => retryDead(core, input),
    deadDismiss: (input) => dismissDead(core, input),
    parkedPairs: (max) => writer.read((db) => listPairs(db, max)),
    releasePair: (id) => releasePair(core, id),
    turns: (agent, max) => writer.read((db) => listAgentTurns(db, agent, max)),
    lastTurn: (agent) => writer.read((db) => listAgentTurns(db, agent, 1))[0],
    async [Symbol.asyncDispose]() {
      core.stopped = true;
      core.sessionAlarms.clearAll();
      core.backOffAlarms.clearAll();
      const stopping = new HiveError('unavailable', 'the hive is stopping: try again once it is back');
      core.waiters.refuse(core.waiters.all(), stopping);
      await core.searcher[Symbol.asyncDispose]();
    },
  };
}
