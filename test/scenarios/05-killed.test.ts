import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** An agent's program: keeps its prompt, acts once, then works until somebody says "go". */
const WORKS = [
  'bash',
  '-c',
  'cat >> ~/prompts; hive send operator "turn $HIVE_TURN began"; until [ -e ~/go ]; do sleep 0.05; done',
];

/** Runs a command in alice's container and answers what it prints. */
async function inContainer(hive: Hive, ...argv: string[]): Promise<string> {
  const exited = Promise.withResolvers<void>();
  let printed = '';
  const client = await hive.operator();
  await client.stream(methods.exec, { name: 'alice', argv }, (event) => {
    if (event.type === 'exit') exited.resolve();
    else printed += event.data;
  });
  await exited.promise;
  return printed;
}

/** Waits until alice's program has acted in a turn. */
async function acted(hive: Hive, times: number): Promise<void> {
  await waitUntil(`turn ${times} acted`, async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    return messages.filter(({ from, body }) => from === 'alice' && body.endsWith('began')).length >= times;
  });
}

const turns = async (hive: Hive) => (await hive.call(methods.agentShow, { name: 'alice' })).turns;
const sessions = (hive: Hive): unknown[] => hive.rows("SELECT id FROM sessions WHERE agent = 'alice'");

describe('a kill in the middle of a turn', () => {
  test('of the daemon: the turn goes on, the next daemon adopts it, the session resumes, one ack', async () => {
    await using hive = await startHive();
    const { container_pid } = await hive.addAgent('alice', { command: WORKS });
    await hive.call(methods.send, { to: 'alice', body: 'weave' });
    await acted(hive, 1);

    await hive.killDaemon('SIGKILL');
    await hive.startDaemon();
    const row = await hive.agentIn('alice', 'working');
    assert.equal(row.container_pid, container_pid);
    await inContainer(hive, 'touch', '/agents/alice/state/go');
    await hive.agentIn('alice', 'idle');
    assert.deepEqual((await turns(hive)).map(({ outcome }) => outcome), ['ok']); // prettier-ignore
    assert.equal(sessions(hive).length, 1);
    assert.equal((await hive.agents()).find(({ name }) => name === 'alice')?.container_pid, container_pid);
    const leases = hive.rows<{ outcome: string }>("SELECT leases.outcome FROM leases JOIN turns ON turns.id = turn_id WHERE agent = 'alice'"); // prettier-ignore
    assert.deepEqual(leases, [{ outcome: 'acked' }]);
  });

  test('of the container: its mail comes again, marked, with what the first attempt had done', async () => {
    await using hive = await startHive();
    const { container_pid } = await hive.addAgent('alice', { command: WORKS });
    await hive.call(methods.send, { to: 'alice', body: 'weave' });
    await acted(hive, 1);

    process.kill(container_pid!, 'SIGKILL');
    await waitUntil('the second attempt', async () => (await turns(hive)).length === 2, 60_000);
    await waitUntil('its program', async () => (await inContainer(hive, 'cat', '/agents/alice/state/prompts')).includes('REDELIVERED'), 60_000); // prettier-ignore
    await inContainer(hive, 'touch', '/agents/alice/state/go');
    await hive.agentIn('alice', 'idle');
    const [second, first] = await turns(hive);
    assert.deepEqual([first?.outcome, second?.outcome], ['lost', 'ok']);
    const prompts = await inContainer(hive, 'cat', '/agents/alice/state/prompts');
    assert.match(
      prompts,
      new RegExp(`REDELIVERED[^]*- send: sent message \\d+ to operator: "turn ${first?.id} began"`),
    );
  });
});
