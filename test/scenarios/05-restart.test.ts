import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Keeps what it was woken with, tells the operator that it began, and goes on until the test lets it end. */
const WORKER = [
  ...['sh', '-c'],
  'cat > /shared/prompt-$HIVE_TURN; hive send operator "began"; touch /shared/began-$HIVE_TURN; until [ -e /shared/go ]; do sleep 0.1; done',
];

interface Lease {
  session_id: number;
  turn_id: number;
  outcome: string | null;
}

function leases(hive: Hive, message: number): Lease[] {
  return hive.rows<Lease>(
    `SELECT session_id, turn_id, outcome FROM leases
     WHERE delivery_id IN (SELECT id FROM deliveries WHERE message_id = ?) ORDER BY id`,
    message,
  );
}

function containers(hive: Hive, agent: string): number {
  return hive.rows('SELECT 1 FROM containers WHERE agent = ?', agent).length;
}

/** Sends alice work and waits until her turn has told the operator that it began. */
async function beginWork(hive: Hive): Promise<{ message: number; pid: number; turn: number }> {
  const { container_pid: pid } = await hive.addAgent('alice', { command: WORKER });
  assert.ok(pid);
  const { id: message } = await hive.call(methods.send, { to: 'alice', body: 'build it' });
  const [lease] = await waitUntil('the turn runs', () => leases(hive, message)[0] && leases(hive, message));
  const turn = lease?.turn_id ?? 0;
  await waitUntil('the turn began', () => existsSync(join(hive.home, `shared/began-${turn}`)));
  return { message, pid, turn };
}

async function acked(hive: Hive, message: number): Promise<void> {
  await waitUntil('the delivery is acked', async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    return messages.find(({ id }) => id === message)?.deliveries[0]?.state === 'acked';
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the daemon is killed during a turn: container and session go on, one ack, no second container', async () => {
  await using hive = await startHive();
  const { message, pid, turn } = await beginWork(hive);

  await hive.killDaemon('SIGKILL');
  assert.ok(isAlive(pid), 'the container outlives the daemon');
  await hive.startDaemon();
  const adopted = await hive.agentIn('alice', 'working');
  assert.equal(adopted.container_pid, pid);

  writeFileSync(join(hive.home, 'shared/go'), '');
  await acked(hive, message);
  assert.deepEqual(
    leases(hive, message).map(({ turn_id, outcome }) => [turn_id, outcome]),
    [[turn, 'acked']],
  );
  assert.equal(containers(hive, 'alice'), 1);
  const sessions = hive.rows<{ state: string }>("SELECT state FROM sessions WHERE agent = 'alice'");
  assert.deepEqual(sessions, [{ state: 'live' }]);
});

test('the turn ends while no daemon runs: the harness keeps its end, one ack after the restart', async () => {
  await using hive = await startHive();
  const { message, pid } = await beginWork(hive);
  await hive.killDaemon('SIGKILL');
  writeFileSync(join(hive.home, 'shared/go'), '');
  await waitUntil('the command ended', () =>
    readFileSync(join(hive.home, 'logs/agents/alice.log'), 'utf8').includes('command ended'),
  );
  await hive.startDaemon();
  await acked(hive, message);
  assert.equal(leases(hive, message).length, 1);
  assert.equal((await hive.agentIn('alice', 'idle')).container_pid, pid);
});

test('F7: the container is killed during a turn: delivered again, marked, with what the first attempt did', async () => {
  await using hive = await startHive();
  const { message, pid, turn } = await beginWork(hive);

  process.kill(pid, 'SIGKILL');
  const again = await waitUntil('the delivery is leased again', () => leases(hive, message)[1]);
  assert.notEqual(again.session_id, leases(hive, message)[0]?.session_id);
  await waitUntil('the second turn began', () => existsSync(join(hive.home, `shared/began-${again.turn_id}`)));
  const prompt = readFileSync(join(hive.home, `shared/prompt-${again.turn_id}`), 'utf8');
  assert.match(prompt, /REDELIVERED/);
  assert.match(prompt, /- send: .*operator/);
  assert.doesNotMatch(readFileSync(join(hive.home, `shared/prompt-${turn}`), 'utf8'), /REDELIVERED/);

  writeFileSync(join(hive.home, 'shared/go'), '');
  await acked(hive, message);
  const { messages } = await hive.call(methods.inbox, {});
  assert.equal(messages.filter(({ body }) => body === 'began').length, 1, 'the same words again are the same message');
  assert.equal(containers(hive, 'alice'), 2);
});
