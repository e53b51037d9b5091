import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { evaluateIn, INSPECTABLE, inspectorAddress } from '../support/inspector.ts';
import { waitUntil } from '../support/wait.ts';

const WATCHDOG_SECONDS = 3;
const BUSY = 'for (const end = performance.now() + 30_000; performance.now() < end; );';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Lets the daemon's event loop run in a circle for 30 s. */
async function makeBusy(hive: Hive, pid: number): Promise<Disposable> {
  const printed = (): string => readFileSync(join(hive.home, 'start.log'), 'utf8');
  process.kill(pid, 'SIGUSR1');
  const address = await waitUntil('the inspector listens', () => inspectorAddress(printed()));
  return evaluateIn(address, BUSY);
}

async function acked(hive: Hive, ids: number[]): Promise<void> {
  await waitUntil('everything is acked', async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    const states = messages.filter(({ id }) => ids.includes(id)).map(({ deliveries }) => deliveries[0]?.state);
    return states.length === ids.length && states.every((state) => state === 'acked');
  });
}

test('F22: the event loop runs in a circle: the watchdog ends the daemon, its supervisor starts it, nothing is lost', async () => {
  await using hive = await startHive({ supervised: true, watchdog_seconds: WATCHDOG_SECONDS, env: INSPECTABLE });
  const { container_pid: container } = await hive.addAgent('alice');
  const { id: first } = await hive.call(methods.send, { to: 'alice', body: 'before' });
  const { pid } = await hive.call(methods.status, {});
  assert.notEqual(pid, hive.pid, 'the supervisor is a process of its own');

  {
    using busy = await makeBusy(hive, pid);
    assert.ok(busy);
    await waitUntil('the stuck daemon was ended before its loop ended by itself', () => !isAlive(pid), 25_000);
  }
  const again = await waitUntil(
    'another daemon serves',
    async () => {
      const status = await hive.call(methods.status, {}).catch(() => undefined);
      return status?.ready && status.pid !== pid && status;
    },
    60_000,
  );
  assert.ok(isAlive(again.pid));
  assert.equal((await hive.agentIn('alice', 'idle')).container_pid, container, 'her container went on');
  const { id: second } = await hive.call(methods.send, { to: 'alice', body: 'after' });
  await acked(hive, [first, second]);
  assert.deepEqual(hive.rows('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  const leases = hive.rows('SELECT delivery_id FROM leases');
  assert.equal(new Set(leases.map((row) => JSON.stringify(row))).size, leases.length, 'nothing was handled twice');

  assert.match(readFileSync(join(hive.home, 'logs/current.log'), 'utf8'), /event loop stood still for 3 s/);
  assert.match(readFileSync(join(hive.home, 'start.log'), 'utf8'), /ended by SIGKILL .* starting it again in 0.2 s/);
});

test('the operator ends a hive: its supervisor ends with it and starts nothing', async () => {
  const hive = await startHive({ supervised: true });
  const { pid } = await hive.call(methods.status, {});
  const code = await hive.killDaemon('SIGTERM');
  assert.deepEqual([code, isAlive(pid)], [0, false]);
  await hive[Symbol.asyncDispose]();
});
