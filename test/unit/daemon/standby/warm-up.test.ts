import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import pino from 'pino';
import { openBrokerAlone } from '#src/daemon/standby/broker-alone.ts';
import { openSocketsAlone } from '#src/daemon/standby/sockets-alone.ts';
import { warmUp } from '#src/daemon/standby/warm-up.ts';
import { waitUntil } from '../../../support/wait.ts';

const { signal } = new AbortController();
const FOREVER = { agents: 3, rounds: 1e9 };
let folder: string;
let place: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hive-warm-'));
  place = join(folder, 'run/warm-up');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The socket of the agent that is opened last: then all come. */
const isOpen = (): boolean => existsSync(join(place, 'run/a2/hive.sock'));

test('a warm-up leaves nothing behind, as often as it is done', async () => {
  for (let time = 0; time < 2; time++) {
    await warmUp(place, signal, { agents: 3, rounds: 2 });
    assert.deepEqual(readdirSync(join(folder, 'run')), []);
  }
});

test('a warm-up lets each agent come as often as it is told', async () => {
  let came = 0;
  const count = (): void => void came++;
  subscribe('net.client.socket', count);
  try {
    await warmUp(place, signal, { agents: 3, rounds: 4 });
  } finally {
    unsubscribe('net.client.socket', count);
  }
  assert.equal(came, 12);
});

test('what a warm-up that was killed left is removed, whatever it is', async () => {
  mkdirSync(join(place, 'run/a1/hive.sock'), { recursive: true });
  writeFileSync(join(place, 'hive.db'), 'no database');
  await warmUp(place, signal, { agents: 3, rounds: 2 });
  assert.deepEqual(readdirSync(join(folder, 'run')), []);
});

test('a warm-up that is not needed any more ends after its round and leaves nothing', async () => {
  const over = new AbortController();
  const warm = warmUp(place, over.signal, FOREVER);
  await waitUntil('it has begun', isOpen);
  over.abort();
  await warm;
  assert.deepEqual(readdirSync(join(folder, 'run')), []);
});

test('a warm-up whose folder cannot be made says why', async () => {
  writeFileSync(join(folder, 'run'), '');
  await assert.rejects(warmUp(place, signal, { agents: 1, rounds: 1 }), { code: 'ENOTDIR' });
});

test('a warm-up whose agent is refused fails and leaves nothing', async () => {
  const log = pino({ level: 'silent' });
  const other = join(folder, 'other');
  mkdirSync(join(other, 'a1'), { recursive: true });
  await using held = new AsyncDisposableStack();
  const alone = held.use(await openBrokerAlone(other, 2, log));
  // A daemon that has the agent, but no session of it.
  held.use(await openSocketsAlone(other, { ...alone, agents: ['a1'], added: [] }, log));
  const warm = assert.rejects(warmUp(place, signal, FOREVER), { name: 'HiveError', code: 'forbidden' });
  await waitUntil('it has begun', isOpen);
  symlinkSync(join(other, 'a1/hive.sock'), join(folder, 'door'));
  renameSync(join(folder, 'door'), join(place, 'run/a1/hive.sock'));
  await warm;
  assert.deepEqual(readdirSync(join(folder, 'run')), []);
});
