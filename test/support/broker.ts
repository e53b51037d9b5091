import { createBroker, NO_GUARDS } from '#src/daemon/broker/index.ts';
import type { Broker, BrokerHooks, BrokerSettings } from '#src/daemon/broker/index.ts';
import { openTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

/** What the broker asked others to do. */
export interface Asked {
  lost: { agent: string; session: number; reason: string }[];
  outcomes: { agent: string; outcome: string; resumeAt: number | null }[];
  cancelled: { agent: string; turn: number; reason: string }[];
  outbox: number;
}

/** A real broker over a real database. */
export interface TestBroker extends AsyncDisposable {
  broker: Broker;
  hive: TestDatabase;
  asked: Asked;
  /** Opens a session for `agent` and says hello; answers its id. */
  connect(agent: string): Promise<number>;
  /** Waits for the next turn of a session without a limit. */
  next(session: number, max?: number): ReturnType<Broker['next']>;
}

let nonces = 0;

/** Builds a {@link TestBroker} with these agents and, unless `settings` has them, no guards; `hive` lets it start over an existing database. */
export async function openTestBroker(
  agents: string[],
  options: { hive?: TestDatabase; settings?: Partial<BrokerSettings> } = {},
): Promise<TestBroker> {
  const hive = options.hive ?? openTestDatabase();
  const asked: Asked = { lost: [], outcomes: [], cancelled: [], outbox: 0 };
  const hooks: BrokerHooks = {
    sessionLost: (agent, session, reason) => void asked.lost.push({ agent, session, reason }),
    outboxFilled: () => void asked.outbox++,
    threadUrl: (ask, issue) => (issue === null ? `http://dashboard/threads/${ask}` : `http://forge/issues/${issue}`),
    turnOutcome: (agent, outcome, resumeAt) => void asked.outcomes.push({ agent, outcome, resumeAt }),
    turnCancelled: (agent, turn, reason) => void asked.cancelled.push({ agent, turn, reason }),
  };
  const { writer, clock, log } = hive;
  const settings = { guards: NO_GUARDS, ...options.settings };
  const broker = createBroker({ writer, clock, log, hooks, settings });
  await addAgents(hive, agents);
  await broker.start();
  return {
    broker,
    hive,
    asked,
    async connect(agent) {
      const nonce = String(++nonces).padStart(64, '0');
      await broker.openSession(agent, nonce);
      return (await broker.hello(agent, nonce, 'build')).session;
    },
    next: (session, max = 4) => broker.next(session, max, new AbortController().signal),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await hive[Symbol.asyncDispose]();
    },
  };
}

/** Makes rows of agents that are not there yet. */
export async function addAgents({ writer }: Pick<TestDatabase, 'writer'>, names: readonly string[]): Promise<void> {
  await writer.write('system', (tx) => {
    for (const name of names)
      tx.db
        .prepare(
          `INSERT OR IGNORE INTO agents (name, uid, config, config_commit, added_at, changed_at)
           VALUES (?, (SELECT coalesce(max(uid), 310000) + 1 FROM agents), '{}', 'c', ?, ?)`,
        )
        .run(name, tx.now, tx.now);
  });
}

/** A message as `send` takes it. */
export function to(recipient: string, body: string): { to: string; body: string } {
  return { to: recipient, body };
}

/** A turn's report as a harness sends it; what is in neither list may have been seen. */
export function report(
  turn: number,
  outcome: Parameters<Broker['turnEnd']>[1]['outcome'],
  presented: number[] = [],
  unseen: number[] = [],
): Parameters<Broker['turnEnd']>[1] {
  return { turn, outcome, presented, unseen, error: null, model: null, tools: {}, resume_at: null };
}
