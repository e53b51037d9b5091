import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createConnections } from '#src/daemon/edge/connections.ts';
import { createPatience } from '#src/daemon/edge/patience.ts';
import { takeBody } from '#src/daemon/edge/take-body.ts';
import { createTestClock, settle } from '../../../support/clock.ts';

test('an agent has 32 connections per service; who it is comes from the socket alone', async () => {
  const connections = createConnections();
  const sockets = Array.from({ length: 33 }, () => new Socket());
  assert.deepEqual(sockets.map((socket) => connections.add('alice', 'forge', socket)).lastIndexOf(true), 31);
  assert.ok(sockets[32]?.destroyed);
  assert.ok(connections.add('alice', 'model', new Socket()));
  const bobs = new Socket();
  assert.ok(connections.add('bob', 'forge', bobs));
  assert.equal(connections.agentOf(bobs), 'bob');
  assert.throws(() => connections.agentOf(new Socket()));
  connections.cut('alice');
  await settle();
  assert.ok(sockets.every((socket) => socket.destroyed) && !bobs.destroyed);
  assert.ok(connections.add('alice', 'forge', new Socket()));
});

test('a connection that stays silent is ended, one that was served in time is not', async () => {
  const clock = createTestClock();
  const patience = createPatience(clock);
  const [slow, served] = [new Socket(), new Socket()];
  patience.give(slow, 1000);
  patience.give(served, 1000);
  patience.stop(served);
  await clock.advance(1000);
  assert.ok(slow.destroyed && !served.destroyed);
  patience.give(served, 10);
  served.destroy();
  await settle();
  assert.equal(clock.timers(), 0);
});

test('a body is taken whole up to the limit, else its beginning and the rest', async () => {
  const small = new PassThrough();
  small.write('ab');
  setImmediate(() => small.end('cd'));
  assert.deepEqual(await takeBody(small, 4), { head: Buffer.from('abcd'), rest: undefined });
  const big = new PassThrough();
  big.write('abc');
  big.end('defg');
  const { head, rest } = await takeBody(big, 4);
  const left = rest ? Buffer.concat((await rest.toArray()) as Buffer[]) : Buffer.of();
  assert.equal(Buffer.concat([head, left]).toString(), 'abcdefg');
  const cut = new PassThrough();
  cut.write('a');
  setImmediate(() => cut.destroy());
  await assert.rejects(takeBody(cut, 4), /went away/);
});
