import assert from 'node:assert/strict';
import test from 'node:test';
import { FACTS_SQL } from '#src/daemon/broker/stores/facts-store.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';

test('where agents stand is told of all of them at once: sessions, turns, queues and what is dead', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'zoe'], { settings: { attempts: 1 } });
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'poison'));
  const first = await hive.next(session);
  await hive.broker.turnEnd(session, report(first.turn, 'failed', [first.deliveries[0]?.delivery ?? 0]));
  await hive.hive.clock.advance(5000);
  for (const body of ['one', 'two', 'three']) await hive.broker.send('alice', to('bob', body));
  const { turn, deliveries } = await hive.next(session, 2);
  await hive.broker.presented('bob', { turn, deliveries: [deliveries[0]?.delivery ?? 0] });
  await hive.broker.turnActivity(session, { turn, phase: 'tool', activity: 'Bash: ls' });

  const facts = hive.broker.facts();
  assert.deepEqual([...facts.keys()], ['alice', 'bob', 'zoe']);
  const bob = facts.get('bob');
  assert.deepEqual(bob?.session, { id: session, agent: 'bob', state: 'live', turn });
  assert.deepEqual(bob?.counts, { queued: 1, leased: 2, dead: 1, reminders: 0, turnsToday: 2 });
  assert.deepEqual(bob?.activity, { phase: 'tool', activity: 'Bash: ls', since: hive.hive.clock.now() });
  assert.deepEqual(bob?.lastTurn, hive.broker.lastTurn('bob'));
  assert.deepEqual(facts.get('zoe'), {
    session: undefined,
    counts: { queued: 0, leased: 0, dead: 0, reminders: 0, turnsToday: 0 },
    activity: undefined,
    lastTurn: undefined,
  });
  assert.equal(facts.get('alice')?.counts.queued, 1, 'the report about the dead letter');
  assert.deepEqual(hive.broker.facts('bob'), new Map([['bob', bob]]));
});

test('the facts of agents walk one agent’s part of an index at a time, also beside others that lead elsewhere', async () => {
  await using hive = await openTestBroker([]);
  hive.hive.db.exec(
    'CREATE INDEX planted ON deliveries (recipient, id); CREATE INDEX planted_too ON turns (agent, started_at)',
  );
  const plan = hive.hive.db.prepare(`EXPLAIN QUERY PLAN ${FACTS_SQL}`).all({ agent: null, today: 0, noted: 0 });
  const steps = (plan as { detail: string }[]).map(({ detail }) => detail).filter((step) => /SCAN|SEARCH/.test(step));
  assert.deepEqual(
    steps.map((step) => step.replace(/ \(.*/, '')),
    [
      'SEARCH turns USING INTEGER PRIMARY KEY',
      'SCAN a',
      'SEARCH s USING INDEX sessions_current',
      'SEARCH r USING INDEX turns_running',
      'SEARCH n USING AUTOMATIC COVERING INDEX',
      'SEARCH deliveries USING COVERING INDEX deliveries_dead',
      'SEARCH leases USING INDEX leases_by_turn',
      'SEARCH reminders USING COVERING INDEX reminders_pending',
      'SEARCH agent_turns USING PRIMARY KEY',
    ],
  );
});
