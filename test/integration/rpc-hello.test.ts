import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { openTestBroker } from '../support/broker.ts';
import { settle } from '../support/clock.ts';
import { openBrokerSockets } from '../support/broker-sockets.ts';
import type { BrokerSockets } from '../support/broker-sockets.ts';
import { waitUntil } from '../support/wait.ts';

const NONCE = 'n'.repeat(64);
const SERVICE = { hive: 1, service: 'rpc' };
const HELLO = { cmd: 'hello', call: 1, nonce: NONCE, protocol: 1, build: 'test', pid: 1 };
const WAITING = { cmd: 'mail_waiting', call: 2, turn: 7 };

type Frame = Record<string, unknown>;

async function dial(sockets: BrokerSockets): Promise<Socket> {
  const socket = connect(sockets.door('alice'));
  await once(socket, 'connect');
  return socket;
}

/** The frames of what comes next. */
async function piece(socket: Socket): Promise<Frame[]> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  const lines = bytes.toString().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Frame);
}

function lines(...frames: Frame[]): string {
  return frames.map((frame) => `${JSON.stringify(frame)}\n`).join('');
}

test('a harness that says service, hello and a call in one go is answered in that order, in one piece, and takes orders', async () => {
  await using hive = await openTestBroker(['alice']);
  await hive.broker.openSession('alice', NONCE);
  await using sockets = await openBrokerSockets(hive, ['alice']);
  const socket = await dial(sockets);
  socket.write(lines(SERVICE, HELLO, WAITING));
  const [welcome, hello, waiting] = await piece(socket);
  assert.deepEqual(welcome, { ok: true });
  assert.deepEqual([hello?.['call'], hello?.['ok'], hello?.['resumed']], [1, true, false]);
  assert.deepEqual([waiting?.['call'], waiting?.['code']], [2, 'not_found'], 'only a harness may call it');
  sockets.order('alice', { type: 'stop', reason: 'test' });
  assert.deepEqual(await piece(socket), [{ call: 1, event: { type: 'stop', reason: 'test' } }]);
  socket.destroy();
  await waitUntil('it takes no orders any more', () => !sockets.order('alice', { type: 'stop', reason: 'test' }));
});

test('what follows a hello at once is refused with it: nothing takes orders for a session that was not bound', async () => {
  await using hive = await openTestBroker(['alice']);
  await hive.broker.openSession('alice', NONCE);
  await hive.broker.hello('alice', NONCE, 'first');
  await using sockets = await openBrokerSockets(hive, ['alice']);
  const socket = await dial(sockets);
  socket.write(lines(SERVICE, HELLO, { cmd: 'next', call: 2 }));
  const [, ...refused] = await piece(socket);
  assert.deepEqual(
    refused.map(({ call, code }) => [call, code]),
    [1, 2].map((call) => [call, 'conflict']),
  );
  socket.write(lines({ ...HELLO, call: 3, nonce: 'x'.repeat(64) }, { cmd: 'next', call: 4 }));
  const again = await piece(socket);
  assert.deepEqual(
    again.map(({ call, code }) => [call, code]),
    [3, 4].map((call) => [call, 'forbidden']),
  );
  assert.equal(sockets.order('alice', { type: 'stop', reason: 'test' }), false);
  socket.destroy();
});

test('who waits for its welcome gets it at once, and who calls something that takes long gets it soon', async () => {
  await using hive = await openTestBroker(['alice']);
  await hive.broker.openSession('alice', NONCE);
  await using sockets = await openBrokerSockets(hive, ['alice']);
  for (const call of [[], [{ cmd: 'recv', call: 1, wait_seconds: 60 }]]) {
    const socket = await dial(sockets);
    socket.write(lines(SERVICE, ...call));
    assert.deepEqual(await piece(socket), [{ ok: true }]);
    socket.destroy();
  }
});

test('a harness whose connection ends is gone, also when that was before its hello was answered', async () => {
  await using hive = await openTestBroker(['alice']);
  await hive.broker.openSession('alice', NONCE);
  const { hello } = hive.broker;
  const held = Promise.withResolvers<void>();
  await using sockets = await openBrokerSockets(hive, ['alice']);
  for (const late of [false, true]) {
    const asked = Promise.withResolvers<void>();
    hive.broker.hello = async (...caller) => {
      const bound = await hello(...caller);
      asked.resolve();
      if (late) await held.promise;
      return bound;
    };
    const socket = await dial(sockets);
    socket.write(lines(SERVICE, HELLO));
    if (late) await asked.promise;
    else await piece(socket);
    assert.equal(hive.broker.currentSession('alice')?.state, 'live');
    socket.destroy();
    await settle();
    if (late) held.resolve();
    await waitUntil('it is gone', () => hive.broker.currentSession('alice')?.state === 'disconnected');
    assert.equal(sockets.order('alice', { type: 'stop', reason: 'test' }), false);
  }
});
