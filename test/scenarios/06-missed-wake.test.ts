import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import { untilAtRest } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

interface Change {
  state: string;
  turn: number | null;
}

test('F8: the harness stands still with a delivery: it is never shown as handled, and a new container gets it', async () => {
  await using hive = await startHive();
  const { container_pid: pid } = await hive.addAgent('alice');
  assert.ok(pid);
  await hive.call(methods.send, { to: 'alice', body: 'hello' });
  await waitUntil('alice has had a turn', async () => (await hive.agentIn('alice', 'idle')).turns_today === 1);
  const harness = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  await untilAtRest(harness);
  process.kill(harness, 'SIGSTOP');

  const { id } = await hive.call(methods.send, { to: 'alice', body: 'are you there?' });
  const [delivery] = hive.rows<{ id: number }>('SELECT id FROM deliveries WHERE message_id = ?', id);
  const changes = (): Change[] =>
    hive
      .rows<{ body: string }>(
        "SELECT body FROM events WHERE type = 'delivery.changed' AND body ->> 'delivery' = ? ORDER BY seq",
        delivery?.id,
      )
      .map(({ body }) => JSON.parse(body) as Change);
  await waitUntil('the frozen harness has the delivery', () => changes().some(({ state }) => state === 'leased'));
  const frozen = await hive.agentIn('alice', 'working');
  assert.equal(frozen.container_pid, pid);
  assert.equal(frozen.leased, 1, 'shown as leased, not as handled');

  const alert = await waitUntil('the alert', () => {
    const said =
      "SELECT at, body ->> 'what' AS what FROM events WHERE type = 'agent.changed' AND body ->> 'what' LIKE ?";
    return hive.rows<{ at: number; what: string }>(said, '%delivered, not acked%')[0];
  });
  assert.match(alert.what, /^session lost: turn \d+ did not start within 10 s; 1 delivered, not acked for 1\d s$/);
  const [lease] = hive.rows<{ at: number }>('SELECT leased_at AS at FROM leases WHERE delivery_id = ?', delivery?.id);
  assert.ok(alert.at - (lease?.at ?? 0) <= 20_000, 'within two leases');
  await waitUntil('it was handled', () => changes().at(-1)?.state === 'acked', 60_000);
  const states = changes().map(({ state }) => state);
  assert.deepEqual(states.slice(-3), ['queued', 'leased', 'acked']);
  assert.equal(states.filter((state) => state === 'acked').length, 1);
  const turns = hive.rows<{ outcome: string; session_id: number }>(
    "SELECT outcome, session_id FROM turns WHERE agent = 'alice' ORDER BY id",
  );
  assert.deepEqual(
    turns.map(({ outcome }) => outcome),
    ['ok', 'lost', 'ok'],
  );
  assert.notEqual(turns[1]?.session_id, turns[2]?.session_id);
  assert.throws(() => process.kill(pid, 0), 'the frozen container was killed');
  assert.notEqual((await hive.agentIn('alice', 'idle')).container_pid, pid);
  const [row] = hive.rows<{ attempts: number }>('SELECT attempts FROM deliveries WHERE id = ?', delivery?.id);
  assert.equal(row?.attempts, 0, 'what nobody saw is no attempt');
});
