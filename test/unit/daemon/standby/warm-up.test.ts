import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import Sqlite from 'better-sqlite3';
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

const hasBegun = (): boolean => existsSync(join(place, 'run/a2'));

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
  await waitUntil('it has begun', hasBegun);
  over.abort();
  await warm;
  assert.deepEqual(readdirSync(join(folder, 'run')), []);
});

test('a warm-up whose folder cannot be made says why', async () => {
  writeFileSync(join(folder, 'run'), '');
  await assert.rejects(warmUp(place, signal, { agents: 1, rounds: 1 }), { code: 'ENOTDIR' });
});

test('a warm-up whose agent is refused fails and leaves nothing', async () => {
  const warm = assert.rejects(warmUp(place, signal, FOREVER), { name: 'HiveError', code: 'forbidden' });
  await waitUntil('it has begun', hasBegun);
  const db = new Sqlite(join(place, 'hive.db'));
  db.prepare("UPDATE sessions SET nonce_hash = 'of another' WHERE agent = 'a1'").run();
  db.close();
  await warm;
  assert.deepEqual(readdirSync(join(folder, 'run')), []);
});
