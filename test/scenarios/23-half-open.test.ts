import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { descendants, untilAtRest } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

/** Seconds that a turn has to show its first sign of life: then its session is given up. */
const PATIENCE = 3;

/** Sockets that the daemon has open. */
function sockets({ pid }: Hive): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => linkOf(`${folder}/${fd}`).startsWith('socket:')).length;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Timers, sockets and calls that keep the daemon busy show as processor time: none is used while nothing happens. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function send(hive: Hive, body: string): Promise<() => Promise<boolean>> {
  const { id } = await hive.call(methods.send, { to: 'alice', body });
  return async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    return messages.find((message) => message.id === id)?.deliveries[0]?.state === 'acked';
  };
}

test('F11: a harness that is stopped while it waits: its delivery goes to the next one, its connections are reaped, nothing leaks', async () => {
  await using hive = await startHive({ patience: { turn_start: PATIENCE } });
  await hive.addAgent('alice');
  await waitUntil('alice answered once', await send(hive, 'hello'));
  const before = sockets(hive);

  for (let round = 0; round < 2; round++) {
    const { container_pid: pid } = await hive.agentIn('alice', 'idle');
    assert.ok(pid);
    const inside = descendants(pid).map((one) => one.pid);
    await untilAtRest(inside[0] ?? 0);
    for (const one of inside) process.kill(one, 'SIGSTOP');
    const handled = await send(hive, `are you there? ${round}`);
    await waitUntil('it was handled by another one', handled, 60_000);
    assert.ok(!isAlive(pid), 'the stopped container is dead');
    assert.notEqual((await hive.agentIn('alice', 'idle')).container_pid, pid);
  }

  const sessions = hive.rows<{ state: string }>("SELECT state FROM sessions WHERE agent = 'alice' ORDER BY id");
  assert.deepEqual(
    sessions.map(({ state }) => state),
    ['ended', 'ended', 'live'],
  );
  await waitUntil('no connection of theirs is left', () => sockets(hive) <= before);
  const used = processorTime(hive.pid);
  const since = performance.now();
  await waitUntil('a while has passed', () => performance.now() - since > 1000);
  assert.ok(processorTime(hive.pid) - used < 50, 'the daemon is at rest');
});
