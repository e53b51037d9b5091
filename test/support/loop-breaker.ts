import { guards } from '#src/daemon/config.ts';
import type { Broker } from '#src/daemon/broker/index.ts';
import { openTestBroker, report, to } from './broker.ts';
import type { TestBroker } from './broker.ts';

type Sent = Awaited<ReturnType<Broker['send']>>;

/** A broker whose loop breaker has these limits; nothing else is limited. */
export function breaking(loop: { depth?: number; messages?: number; window_seconds?: number }): Promise<TestBroker> {
  const many = { burst: 10_000, per_minute: 10_000 };
  const limits = guards.parse({ messages: many, bytes: { burst: 1e9 }, broadcasts: many, loop });
  return openTestBroker(['alice', 'bob', 'zoe'], { settings: { guards: limits } });
}

/** What waits for somebody, without taking it. */
export async function waiting(hive: TestBroker, agent: string): Promise<string[]> {
  const answer = await hive.broker.recv(agent, { max: 32 }, new AbortController().signal);
  return answer.messages.map((message) => message.body);
}

/** One turn of an agent that takes what waits and then says something; answers what became of it. */
export async function turn(
  hive: TestBroker,
  session: number,
  said: { from: string; to: string; body: string },
): Promise<Sent> {
  const { turn: id, deliveries } = await hive.next(session, 32);
  const sent = await hive.broker.send(said.from, { ...to(said.to, said.body), turn: id });
  const presented = deliveries.map((row) => row.delivery);
  await hive.broker.turnEnd(session, report(id, 'ok', presented));
  return sent;
}

/** Alice and bob answer each other in turns until a message of theirs is held; answers how many were said. */
export async function loopUntilHeld(hive: TestBroker, sessions: { alice: number; bob: number }): Promise<number> {
  await hive.broker.send('operator', to('alice', 'begin'));
  for (let said = 1; said < 100; said++) {
    const [from, other] = said % 2 === 1 ? (['alice', 'bob'] as const) : (['bob', 'alice'] as const);
    const sent = await turn(hive, sessions[from], { from, to: other, body: `reply ${said}` });
    if (sent.parked) return said;
  }
  return Infinity;
}

/** Alice and bob answer each other up to a depth of 2; answers bob's running turn, whose words are one too deep. */
export async function atTheLimit(hive: TestBroker): Promise<{ turn: number; end(): Promise<unknown> }> {
  const [alice, bob] = [await hive.connect('alice'), await hive.connect('bob')];
  await hive.broker.send('operator', to('alice', 'begin'));
  await turn(hive, alice, { from: 'alice', to: 'bob', body: '1' });
  await turn(hive, bob, { from: 'bob', to: 'alice', body: '2' });
  await turn(hive, alice, { from: 'alice', to: 'bob', body: '3' });
  const running = await hive.next(bob);
  const presented = running.deliveries.map(({ delivery }) => delivery);
  return { turn: running.turn, end: () => hive.broker.turnEnd(bob, report(running.turn, 'ok', presented)) };
}
