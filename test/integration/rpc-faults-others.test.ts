import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { BROKEN_FRAMES } from '../support/broken-frames.ts';
import { openBrokerSockets } from '../support/broker-sockets.ts';
import type { BrokerSockets } from '../support/broker-sockets.ts';
import { openTestBroker, to } from '../support/broker.ts';
import type { TestBroker } from '../support/broker.ts';
import { startRounds } from '../support/rounds.ts';
import { serve } from '../support/rpc-server.ts';
import type { Served } from '../support/rpc-server.ts';

/**
 * What other agents notice is counted in the daemon's work, not in time: everybody here shares one event loop, so a machine that is slow or busy changes
 * nothing in how many answers go to a bad peer while a good one has its message sent, taken and done.
 */
const TEXT = 'x'.repeat(15 * 1024);
const FLOOD_BYTES = 100 * 1024 * 1024;
/** Calls that a connection may have under way; the daemon may work on so many of the bad peer's before a good one's. */
const IN_FLIGHT = 64;
/** Calls that the bad peer writes at a time. */
const AT_ONCE = 512;
/** Reading a broken frame costs less than this many times what a good one of the longest kind does. */
const DEARER = 3;

/** Connects to an agent's socket as something that minds no rules. */
async function dial(sockets: BrokerSockets): Promise<Socket> {
  const socket = connect(sockets.door('mallory')).on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('{"hive":1,"service":"rpc"}\n');
  return socket;
}

/** Asks for long answers and reads none of them, until the daemon cuts it. */
async function neverRead(sockets: BrokerSockets): Promise<void> {
  const socket = (await dial(sockets)).pause();
  for (let calls = 0; !socket.destroyed; calls += AT_ONCE) {
    assert.ok(calls < 100 * AT_ONCE, 'a peer that never reads is cut');
    socket.write('{"cmd":"recv","max":1}\n'.repeat(AT_ONCE));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Alice, bob and mallory with the daemon's sockets; `answers` counts the texts that mallory was given. */
async function openHive(): Promise<
  {
    hive: TestBroker;
    sockets: BrokerSockets;
    answers(): number;
  } & AsyncDisposable
> {
  const hive = await openTestBroker(['alice', 'bob', 'mallory']);
  let answers = 0;
  const recv: TestBroker['broker']['recv'] = async (...call) => {
    const answer = await hive.broker.recv(...call);
    answers++;
    return answer;
  };
  const broker = Object.assign(Object.create(hive.broker) as TestBroker['broker'], { recv });
  const sockets = await openBrokerSockets({ ...hive, broker }, ['alice', 'bob', 'mallory']);
  await hive.broker.openSession('mallory', 'm'.repeat(64));
  await hive.broker.send('alice', to('mallory', TEXT));
  return {
    hive,
    sockets,
    answers: () => answers,
    async [Symbol.asyncDispose]() {
      await sockets[Symbol.asyncDispose]();
      await hive[Symbol.asyncDispose]();
    },
  };
}

test('F12: while 100 MiB are produced for peers that never read, two others go on talking', async (t: TestContext) => {
  await using open = await openHive();
  const { hive, sockets, answers } = open;
  const rounds = await startRounds(hive, sockets, answers);
  let peers = 0;
  for (; answers() * TEXT.length < FLOOD_BYTES; peers++) await neverRead(sockets);
  await rounds.end();
  const most = Math.max(...rounds.others);
  t.diagnostic(`${rounds.others.length} rounds beside ${peers} peers, at most ${most} answers to those in one`);
  assert.ok(rounds.others.length >= peers / 2, `${rounds.others.length} rounds beside ${peers} peers`);
  assert.ok(most <= 2 * IN_FLIGHT, `${most} answers went to a peer that never reads during one round`);
});

test('F13: while broken frames come, two others go on talking', async (t: TestContext) => {
  await using open = await openHive();
  const { hive, sockets } = open;
  let served = 0;
  const rounds = await startRounds(hive, sockets, () => served);
  for (let again = 0; again < 5; again++) {
    for (const [, bytes] of BROKEN_FRAMES) {
      const socket = (await dial(sockets)).resume();
      const closed = once(socket, 'close');
      socket.end(bytes());
      await closed;
      served++;
    }
  }
  await rounds.end();
  const most = Math.max(...rounds.others);
  t.diagnostic(`${rounds.others.length} rounds beside ${served} broken frames, at most ${most} in one`);
  assert.ok(rounds.others.length >= served, `${rounds.others.length} rounds beside ${served} broken frames`);
  assert.ok(most <= 2, `${most} broken frames were read during one round`);
});

/** Processor time of both sides until one connection that sends this has its answer, in µs: the median of some. */
async function costOf(served: Served, bytes: string | Buffer): Promise<number> {
  const costs: number[] = [];
  for (let again = 0; again < 7; again++) {
    const before = process.cpuUsage();
    const socket = (await served.dial()).on('error', () => undefined);
    socket.end(bytes);
    await text(socket);
    const { user, system } = process.cpuUsage(before);
    costs.push(user + system);
  }
  return costs.toSorted((a, b) => a - b)[3] ?? 0;
}

test('F13: a broken frame holds the daemon up no longer than a good one may', async () => {
  await using served = await serve();
  const good = await costOf(served, `{"cmd":"echo","text":"${'x'.repeat(1_000_000)}"}\n`);
  for (const [what, bytes] of BROKEN_FRAMES) {
    const broken = await costOf(served, bytes());
    assert.ok(broken <= DEARER * good, `${what}: ${broken} µs, a good frame ${good} µs`);
  }
});
