import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Roster } from '#src/daemon/agents/roster.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Context, Principal } from '#src/daemon/rpc/api.ts';
import { messages } from '#src/daemon/rpc/handlers/messages/messages.ts';
import { openTestBroker, to } from '../../../support/broker.ts';

const OPERATOR: Principal = { kind: 'operator' };
const BOB: Principal = { kind: 'agent', name: 'bob', session: null };

test('an agent reads its own messages only, the operator those of any agent that there is or was', async () => {
  await using hive = await openTestBroker(['alice', 'bob', 'mallory']);
  await hive.broker.send('alice', to('*', 'for all'));
  await hive.broker.send('alice', to('mallory', 'psst'));
  await hive.hive.writer.write('test', (tx) =>
    tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'mallory'`).run(),
  );
  const roster = new Roster(hive.hive.writer, { next: () => 0 });
  const context = { broker: hive.broker, agents: roster } as unknown as Context;
  const read = async (principal: Principal, agent?: string, search?: string): Promise<unknown> => {
    const input = methods.messages.input.parse({ agent, search });
    const { signal } = new AbortController();
    const call = { context, principal, input, signal, push: () => undefined, bind: () => undefined };
    const page = methods.messages.output.parse(await messages.handle(call));
    return page.messages.map(({ body, deliveries }) => [body, ...deliveries.map((row) => row.recipient)]);
  };
  const own = [['for all', 'bob']];
  assert.deepEqual([await read(BOB), await read(BOB, 'bob'), await read(BOB, undefined, 'all')], [own, own, own]);
  await assert.rejects(read(BOB, 'alice'), {
    code: 'forbidden',
    message: 'an agent may name itself only: leave out agent "alice"',
  });
  await assert.rejects(read(BOB, 'alice', 'all'), { code: 'forbidden' });
  const all = ['for all', 'bob', 'mallory'];
  assert.deepEqual(await read(OPERATOR, 'bob'), [all]);
  assert.deepEqual(await read(OPERATOR, 'mallory'), [['psst', 'mallory'], all]);
  await assert.rejects(read(OPERATOR, 'nobody'), {
    code: 'not_found',
    message: 'no agent is called "nobody": choose from alice, bob',
  });
});
