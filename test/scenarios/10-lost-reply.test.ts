import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeLine } from '#src/lib/json-lines.ts';
import { connect } from '#src/protocol/client.ts';
import { openSocket } from '#src/protocol/connect.ts';
import type { Method } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

const CALLS: [method: Method, input: object][] = [
  [methods.send, { to: 'bob', body: 'to bob', key: 'tool-call-1' }],
  [methods.send, { to: '*', body: 'to everybody', key: 'tool-call-2' }],
  [methods.ask, { to: 'operator', question: 'blue or green?', key: 'tool-call-3' }],
];
const BODIES = ['blue or green?', 'to bob', 'to everybody'];

interface Said {
  id: number;
  body: string;
}

const said = (hive: Hive): Said[] =>
  hive.rows<Said>("SELECT id, body FROM messages WHERE sender = 'alice' ORDER BY body, id");

test('F6: the daemon is killed after it stored what alice said and before she read an answer: with the same keys it is the same, once', async () => {
  await using hive = await startHive();
  await hive.addAgent('alice');
  await hive.addAgent('bob');
  const door = join(hive.run, 'agents/alice/hive.sock');

  const deaf = await openSocket(door, { service: 'rpc' });
  deaf.on('error', () => undefined);
  for (const [{ cmd }, input] of CALLS) deaf.write(encodeLine({ cmd, ...input }));
  const stored = await waitUntil('it is stored', () => said(hive).length === CALLS.length && said(hive));
  await hive.killDaemon('SIGKILL');
  deaf.destroy();
  assert.deepEqual(
    stored.map(({ body }) => body),
    BODIES,
  );

  await hive.startDaemon();
  const client = await connect(door, { service: 'rpc' });
  const ids = new Map(stored.map(({ id, body }) => [body, id]));
  for (let time = 0; time < 2; time++) {
    const [toBob, toAll, asked] = await Promise.all(CALLS.map(([method, input]) => client.call(method, input)));
    assert.deepEqual(
      [toBob, toAll, asked].map(
        (answer) => (answer as { message?: number; id: number }).message ?? (answer as Said).id,
      ),
      ['to bob', 'to everybody', 'blue or green?'].map((body) => ids.get(body)),
    );
  }
  client.close();
  assert.deepEqual(said(hive), stored, 'exactly one row each');
  await waitUntil('bob has handled both', async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'bob' });
    const deliveries = messages.flatMap((message) => message.deliveries).filter(({ recipient }) => recipient === 'bob');
    return deliveries.length === 2 && deliveries.every(({ state }) => state === 'acked');
  });
  assert.equal(hive.rows('SELECT 1 FROM asks').length, 1);
});
