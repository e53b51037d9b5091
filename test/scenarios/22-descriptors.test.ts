import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { execa } from 'execa';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Descriptors above what the daemon has open: what it keeps for itself, and some connections. */
const ROOM = 60;
const EXTRA = 200;

/** Allows the running daemon only {@link ROOM} more descriptors than it has open. */
async function tighten({ pid }: Hive): Promise<void> {
  const limit = readdirSync(`/proc/${pid}/fd`).length + ROOM;
  await execa('prlimit', ['--pid', String(pid), `--nofile=${limit}:${limit}`]);
}

/** Opens connections that say nothing; those that are refused keep what they were told. */
async function crowd(hive: Hive): Promise<{ sockets: Socket[]; told: string[] }> {
  const told: string[] = [];
  const sockets: Socket[] = [];
  for (let index = 0; index < EXTRA; index++) {
    const socket = dial(join(hive.run, 'host.sock')).on('error', () => undefined);
    socket.on('data', (line: Buffer) => told.push(line.toString()));
    await once(socket, 'connect');
    sockets.push(socket);
  }
  return { sockets, told };
}

/** Lets alice have a turn for one more message. */
async function aliceWorks(hive: Hive, body: string): Promise<void> {
  const { id } = await hive.call(methods.send, { to: 'alice', body });
  await waitUntil(`alice has handled "${body}"`, async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    return messages.find((message) => message.id === id)?.deliveries[0]?.state === 'acked';
  });
}

/** What the operator is told of descriptors by the dashboard, and by `hive status` as well. */
async function alerts(hive: Hive): Promise<string[]> {
  const [status, overview] = await Promise.all([hive.call(methods.status, {}), hive.call(methods.overview, {})]);
  const [said, shown] = [status, overview].map((told) => told.alerts.filter((alert) => /file descriptors/.test(alert)));
  assert.equal(shown?.length, said?.length);
  return shown ?? [];
}

test('F14: 200 extra connections use up the descriptors: agents go on, the daemon says so, and recovers when they leave', async () => {
  await using hive = await startHive();
  await hive.addAgent('alice');
  await aliceWorks(hive, 'before');
  await tighten(hive);
  assert.deepEqual(await alerts(hive), [], 'there is room for some');

  const { sockets, told } = await crowd(hive);
  await waitUntil('most of them were refused', () => told.length > EXTRA / 2).catch(() =>
    assert.fail(`${told.length} were told`),
  );
  for (const line of told) assert.match(line, /"code":"limited".*too many connections/);
  await aliceWorks(hive, 'in the crowd');
  const [alert] = await alerts(hive);
  assert.match(alert ?? '', /file descriptors are short: \d+ of \d+ are free.*refused.*ulimit -n/);
  const { checks } = await hive.call(methods.doctor, {});
  assert.ok(checks.some(({ name, ok, detail }) => name === 'daemon' && !ok && /file descriptors/.test(detail)));
  await waitUntil('the log says so', () =>
    readFileSync(join(hive.home, 'logs/current.log'), 'utf8').includes('file descriptors are short'),
  );

  for (const socket of sockets) socket.destroy();
  await waitUntil('nothing is short any more', async () => (await alerts(hive)).length === 0);
  const late = dial(join(hive.run, 'host.sock'));
  late.end('{"cmd":"status"}\n');
  assert.match(await text(late), /"ok":true/);
  await aliceWorks(hive, 'after');
});
