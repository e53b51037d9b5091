import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { breaking } from '../../../support/loop-breaker.ts';
import { createTestScheduler } from '../../../support/scheduler.ts';

const NAMES = ['alice', 'bob'] as const;
type Name = (typeof NAMES)[number];
type Act = (agent: Name, turn: number) => Promise<unknown>;

/** One turn that takes what waits and does something. */
async function during(hive: TestBroker, session: number, act: (turn: number) => Promise<unknown>): Promise<void> {
  const { turn, deliveries } = await hive.next(session, 32);
  await act(turn);
  const presented = deliveries.map((row) => row.delivery);
  await hive.broker.turnEnd(session, report(turn, 'ok', presented));
}

/** Alice and bob write to each other in the turn after the one that took mail, which `puts` off their answer for a second; answers how many got through. */
async function answerLater(hive: TestBroker, puts: Act): Promise<number> {
  const sessions = { alice: await hive.connect('alice'), bob: await hive.connect('bob') };
  await hive.broker.send('operator', to('alice', 'begin'));
  for (let said = 0; said < 20; said++) {
    const [from, other] = said % 2 === 0 ? NAMES : ([...NAMES].reverse() as [Name, Name]);
    await during(hive, sessions[from], (turn) => puts(from, turn));
    await hive.hive.clock.advance(1000);
    let parked = false;
    await during(hive, sessions[from], async (turn) => {
      parked = (await hive.broker.send(from, { ...to(other, 'on'), turn })).parked;
    });
    if (parked) return said;
  }
  return Infinity;
}

describe('loops that are kept alive by what is no reply', () => {
  test('who answers from a reminder’s turn goes on in its chain', async () => {
    await using hive = await breaking({ depth: 4 });
    await using scheduler = createTestScheduler(hive);
    await scheduler.start();
    const remind: Act = (agent, turn) => scheduler.remind(agent, agent, { message: 'on', delay_seconds: 1, turn });
    assert.equal(await answerLater(hive, remind), 4);
    assert.equal(hive.broker.parkedPairs(9)[0]?.chain.at(-1)?.excerpt, 'on');
  });

  test('who answers from the turn of a passed deadline does as well', async () => {
    await using hive = await breaking({ depth: 4 });
    await using scheduler = createTestScheduler(hive);
    await scheduler.start();
    const asking: Act = (agent, turn) =>
      hive.broker.ask(agent, { to: 'zoe', question: 'and?', multi: false, deadline_seconds: 1, turn });
    assert.ok((await answerLater(hive, asking)) <= 4);
  });

  test('a schedule is as deep as the turn that set it, however often it fires; the operator’s is not', async () => {
    await using hive = await breaking({ depth: 2 });
    await using scheduler = createTestScheduler(hive);
    await scheduler.start();
    const alice = await hive.connect('alice');
    const bob = await hive.connect('bob');
    await hive.broker.send('alice', to('bob', 'look at this every hour'));
    await during(hive, bob, (turn) => hive.broker.send('bob', { ...to('alice', 'so do you'), turn }));
    await during(hive, alice, (turn) =>
      scheduler.remind('alice', 'alice', { message: 'look', cron: '0 * * * *', turn }),
    );
    await scheduler.remind('operator', 'alice', { message: 'once', delay_seconds: 60 });
    const depths = (): unknown[] =>
      hive.hive.db.prepare(`SELECT sender, depth FROM messages WHERE kind = 'reminder' ORDER BY id`).raw().all();
    for (let hour = 0; hour < 5; hour++) await hive.hive.clock.advance(3_600_000);
    assert.deepEqual(depths().slice(0, 3), [
      ['operator', 0],
      ['alice', 1],
      ['alice', 1],
    ]);
    assert.equal(depths().length, 6);
  });

  test('what is told of an ask, or of a message that became a dead letter, is as deep as it', async () => {
    await using hive = await breaking({ depth: 9 });
    const [alice, bob] = [await hive.connect('alice'), await hive.connect('bob')];
    await hive.broker.send('alice', to('bob', 'first'));
    await during(hive, bob, (turn) => hive.broker.send('bob', { ...to('alice', 'second'), turn }));
    await during(hive, alice, async (turn) => {
      const { id } = await hive.broker.ask('alice', { to: 'bob', question: 'third?', multi: false, turn });
      await hive.broker.cancelAsk('alice', { id, turn });
      await hive.broker.ask('alice', { to: 'zoe', question: 'fourth?', multi: false, turn });
      await hive.broker.send('alice', { ...to('zoe', 'fifth'), turn });
    });
    await hive.hive.writer.write('test', (tx) =>
      tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'zoe'`).run(),
    );
    await hive.broker.agentRemoved('zoe');
    const notices = hive.hive.db.prepare(`SELECT recipient, depth FROM messages WHERE kind = 'system'`).raw().all();
    assert.deepEqual(notices, [
      ['bob', 2],
      ['alice', 2],
      ['alice', 2],
    ]);
  });
});
