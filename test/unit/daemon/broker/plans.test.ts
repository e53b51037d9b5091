import assert from 'node:assert/strict';
import test from 'node:test';
import type { Database } from 'better-sqlite3';
import { countOpenAsks, countOpenAsksOf, findNextDeadline, listExpired } from '#src/daemon/broker/stores/ask-store.ts';
import { listTurns } from '#src/daemon/broker/stores/agent-turn-store.ts';
import { countAllDead, countDead } from '#src/daemon/broker/stores/dead-store.ts';
import {
  isWaking,
  listAllQueued,
  listHead,
  listQueued,
  listSenders,
  moveDeliveries,
} from '#src/daemon/broker/stores/delivery-store.ts';
import { listFacts, listLastTurns } from '#src/daemon/broker/stores/facts-store.ts';
import { listReports } from '#src/daemon/broker/stores/message-store.ts';
import { countHeld, findParkedPair, listHeld, resetPairDepths } from '#src/daemon/broker/stores/pair-store.ts';
import { findSpeaker } from '#src/daemon/broker/stores/session-store.ts';
import { deleteChunk, readChunk } from '#src/daemon/retention/chunk-store.ts';
import { POLICIES } from '#src/daemon/retention/policies-store.ts';
import type { Policy } from '#src/daemon/retention/policies-store.ts';
import { countPending, countSince, findNextDue, listDue, readDue } from '#src/daemon/scheduler/reminder-store.ts';
import { openTestDatabase } from '../../../support/database.ts';
import { plansOf } from '../../../support/plans.ts';

/** Rows that only grow in number: nothing may walk them. */
const GROWING = 'deliveries|messages|leases|turns|reminders|reminder_firings|events|acts|usage|keys';

const PAIR = { id: 1, left: 'alice', right: 'bob', reason: '', whole: 1, message: 1, at: 0 };

type Query = (db: Database) => unknown;

/** What must cost the same however much was ever said, and the step that finds its rows. */
const QUERIES: Record<string, [query: Query, finds: string]> = {
  claim: [(db) => listQueued(db, [1]), 'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)'],
  'claim of several': [(db) => listQueued(db, [1, 2]), 'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)'],
  'head of a queue': [(db) => listHead(db, [1, 2]), 'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)'],
  moving: [move([1]), 'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)'],
  'moving several': [move([1, 2]), 'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)'],
  'whether one wakes': [(db) => isWaking(db, 1), 'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)'],
  'all queues': [(db) => listAllQueued(db, 1, 1000), 'SEARCH deliveries USING COVERING INDEX deliveries_queue (id>?)'],
  'due reminders': [(db) => listDue(db, 1, 500), 'SEARCH reminders USING INDEX reminders_due (due_at<?)'],
  'due reminders by id': [(db) => readDue(db, 1, [1]), 'SEARCH r USING INTEGER PRIMARY KEY (rowid=?)'],
  'next due reminder': [findNextDue, 'SEARCH reminders USING COVERING INDEX reminders_due'],
  'due asks': [
    (db) => listExpired(db, 1, 500),
    'SEARCH asks USING INDEX asks_deadline (deadline_at>? AND deadline_at<?)',
  ],
  'next due ask': [findNextDeadline, 'SEARCH asks USING COVERING INDEX asks_deadline (deadline_at>?)'],
  'senders of new mail': [(db) => listSenders(db, [1, 2]), 'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)'],
  'depths within a pair': [(db) => resetPairDepths(db, PAIR, [1]), 'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)'],
  'reports of messages': [(db) => listReports(db, [1], [2]), 'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)'],
  'count of dead letters': [
    (db) => countDead(db, 'bob'),
    'SEARCH deliveries USING COVERING INDEX deliveries_dead (recipient=?)',
  ],
  'count of all dead letters': [countAllDead, 'SCAN deliveries USING COVERING INDEX deliveries_dead'],
  'count of open asks': [countOpenAsks, 'SCAN asks USING COVERING INDEX asks_open'],
  'who speaks': [(db) => findSpeaker(db, 'bob', 'alice'), 'SEARCH turns USING INDEX turns_running (agent=?)'],
  'whether a pair is parked': [
    (db) => findParkedPair(db, 'alice', 'bob'),
    'SEARCH parked_pairs USING INDEX parked_pairs_now (left_name=? AND right_name=?)',
  ],
  'what a pair holds': [(db) => listHeld(db, PAIR, 500), 'SEARCH d USING INDEX deliveries_parked (recipient=?)'],
  'count of what a pair holds': [(db) => countHeld(db, PAIR), 'SEARCH d USING INDEX deliveries_parked (recipient=?)'],
  'count of open asks of one': [
    (db) => countOpenAsksOf(db, 'bob'),
    'SEARCH asks USING COVERING INDEX asks_of (asker=?)',
  ],
  'count of pending reminders': [
    (db) => countPending(db, 'bob'),
    'SEARCH reminders USING COVERING INDEX reminders_pending (agent=? AND set_by=?)',
  ],
  'counts of firings': [
    (db) => countSince(db, 'bob', 1),
    'SEARCH f USING INDEX reminder_firings_by_agent (agent=? AND fired_at>?)',
  ],
  'counts of agents': [
    (db) => listFacts(db, null, 1),
    'SEARCH deliveries USING COVERING INDEX deliveries_dead (recipient=?)',
  ],
  'last turns of agents': [(db) => listLastTurns(db, null), 'SEARCH agent_turns USING PRIMARY KEY (agent=?)'],
  'turns of an agent': [(db) => listTurns(db, 'bob', 5), 'SEARCH agent_turns USING PRIMARY KEY (agent=?)'],
  ...Object.fromEntries(POLICIES.flatMap(retention)),
};

function move(ids: number[]): Query {
  return (db) => moveDeliveries(db, { ids, from: 'queued', to: 'leased', at: 1 });
}

/** The two statements of a policy, once it has begun to walk its table. */
function retention(policy: Policy): [string, [Query, string]][] {
  const { table, key } = policy;
  const one = key.map(() => 1);
  const byKey = (how: string): string => {
    if (key.length > 1) return `${table} USING PRIMARY KEY (${how === '>' ? row(key) : each(key)})`;
    const [column = ''] = key;
    const name = ['id', 'seq'].includes(column) ? 'INTEGER PRIMARY KEY (rowid' : `PRIMARY KEY (${column}`;
    return `${table} USING ${name}${how}?)`;
  };
  return [
    [`old ${table}`, [(db) => readChunk(db, policy, 1, one), `SEARCH ${byKey('>')}`]],
    [`removing ${table}`, [(db) => deleteChunk(db, policy, [one]), `SEARCH ${byKey('=')}`]],
  ];
}

function row(key: readonly string[]): string {
  return `(${key.join(',')})>(${key.map(() => '?').join(',')})`;
}

function each(key: readonly string[]): string {
  return key.map((column) => `${column}=?`).join(' AND ');
}

/** What a hive of some age holds, so that the planner has numbers to go by; and indexes that would lead it elsewhere. */
const AGE = `
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO messages (sender, recipient, kind, body, created_at, body_crc) SELECT 'alice', 'bob', 'message', '', i, 0 FROM n;
  INSERT INTO deliveries (message_id, recipient, state, wakes, changed_at)
    SELECT id, 'bob', iif(id % 100 = 0, 'queued', 'acked'), 1, id FROM messages;
  INSERT INTO reminders (agent, message, due_at, state, set_by, created_at)
    SELECT 'bob', '', id, iif(id % 100 = 0, 'pending', 'fired'), 'bob', 0 FROM messages;
  INSERT INTO events (at, type, body) SELECT id, 'message.sent', '{}' FROM messages;`;
const PLANTED = `
  CREATE INDEX planted_1 ON deliveries (recipient, id);
  CREATE INDEX planted_2 ON deliveries (recipient, state, wakes, id, message_id);
  CREATE INDEX planted_3 ON deliveries (message_id, state, changed_at);
  CREATE INDEX planted_4 ON deliveries (state, changed_at);
  CREATE INDEX planted_5 ON messages (created_at, id);
  CREATE INDEX planted_6 ON messages (turn_id, id);
  CREATE INDEX planted_7 ON reminders (state, due_at, id);
  CREATE INDEX planted_8 ON reminders (agent, state);
  CREATE INDEX planted_9 ON reminder_firings (agent, fired_at, message_id);
  CREATE INDEX planted_10 ON leases (ended_at, turn_id);
  CREATE INDEX planted_11 ON leases (delivery_id, outcome);
  CREATE INDEX planted_12 ON turns (agent, ended_at, started_at);
  CREATE INDEX planted_13 ON asks (state, deadline_at);
  CREATE INDEX planted_14 ON asks (asker, state);
  CREATE INDEX planted_15 ON events (at);
  CREATE INDEX planted_16 ON keys (created_at);`;

test('claim, due, counts and retention find their rows by their index and walk nothing that grows, also beside indexes that would lead elsewhere', async (t) => {
  await using fresh = openTestDatabase();
  await using planted = openTestDatabase();
  await using counted = openTestDatabase();
  for (const { db } of [planted, counted]) db.exec(AGE + PLANTED);
  counted.db.exec('ANALYZE');
  for (const [name, [query, finds]] of Object.entries(QUERIES)) {
    await t.test(name, () => {
      const plan = plansOf(fresh.db, query).flat();
      assert.ok(plan.includes(finds), plan.join('\n'));
      const walks = plan.filter((step) => new RegExp(`^SCAN (${GROWING})$`).test(step));
      assert.deepEqual(walks, []);
      for (const { db } of [planted, counted]) assert.deepEqual(plansOf(db, query).flat(), plan);
    });
  }
});

test('what is queued and what is due comes out of its index in order', async () => {
  await using hive = openTestDatabase();
  for (const [query] of [QUERIES['all queues'], QUERIES['due reminders'], QUERIES['due asks']] as [Query, string][]) {
    const plan = plansOf(hive.db, query).flat();
    assert.ok(!plan.some((step) => /TEMP B-TREE/.test(step)), plan.join('\n'));
  }
});
