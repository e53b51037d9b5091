import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

test('the operator writes to an agent: it is woken, its turn ends cleanly, the message is handled once', async () => {
  await using hive = await startHive();
  const [manager] = await hive.agents();
  assert.deepEqual([manager?.name, manager?.manager], ['manager', true]);

  const alice = await hive.addAgent('alice');
  assert.ok(alice.container_pid, 'alice has a container');
  const sent = await hive.call(methods.send, { to: 'alice', body: 'hello alice' });
  assert.deepEqual(sent.recipients, ['alice']);

  const handled = await waitUntil('the delivery is acked', async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    return messages.find(({ id, deliveries }) => id === sent.id && deliveries[0]?.state === 'acked');
  });
  assert.deepEqual(
    handled.deliveries.map(({ recipient, attempts, presented }) => ({ recipient, attempts, presented })),
    [{ recipient: 'alice', attempts: 0, presented: true }],
  );
  const { turns } = await hive.call(methods.agentShow, { name: 'alice' });
  assert.deepEqual(
    turns.map(({ outcome }) => outcome),
    ['ok'],
  );
  await hive.agentIn('alice', 'idle');
  const printed = await hive.call(methods.logs, { of: 'alice' });
  assert.match(printed.lines.join('\n'), /hello alice/);
});
