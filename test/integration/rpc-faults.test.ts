import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { BROKEN_FRAMES } from '../support/broken-frames.ts';
import { startRpcProcess } from '../support/rpc-process.ts';
import type { RpcProcess } from '../support/rpc-process.ts';
import { say, serve, type Served } from '../support/rpc-server.ts';
import { waitUntil } from '../support/wait.ts';

const MIB = 1024 * 1024;
/** Pushed by the flood at a time. */
const FRAME = 60_000;

/** Asks over a connection that is not disturbed. */
async function echoes(served: Pick<Served, 'dial'>): Promise<void> {
  const [frame] = await say(await served.dial(), '{"cmd":"echo","text":"still here"}\n');
  assert.equal(frame?.['text'], 'still here');
}

/** A peer whose errors are its own affair. */
async function dialFaulty(served: Pick<Served, 'dial'>): Promise<Socket> {
  return (await served.dial()).on('error', () => undefined);
}

/** Reads what is produced, as a peer should, until it has had enough or a busy machine made it too slow; answers how much it read. */
async function readSome(served: RpcProcess, bytes: number): Promise<number> {
  const { aborted } = await served.look();
  const socket = await dialFaulty(served);
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read >= bytes) socket.destroy();
  });
  socket.on('end', () => socket.destroy());
  socket.write('{"cmd":"flood"}\n');
  await once(socket, 'close');
  await waitUntil('the server noticed', async () => (await served.look()).aborted > aborted);
  return read;
}

/** Asks for more than it reads, which is nothing, until it is cut; answers how many bytes were produced for it. */
async function neverRead(served: RpcProcess): Promise<number> {
  const before = await served.look();
  const socket = (await dialFaulty(served)).pause();
  socket.write('{"cmd":"flood"}\n');
  await echoes(served);
  const cut = await waitUntil('the slow reader was cut', async () => {
    const now = await served.look();
    return now.aborted > before.aborted && now;
  });
  socket.destroy();
  return (cut.pushed - before.pushed) * FRAME;
}

test('F12: peers that never read are cut at 1 MiB each while 100 MiB are produced; others are answered, memory stays flat', async () => {
  await using served = await startRpcProcess();
  for (let read = 0; read < 20 * MIB;) read += await readSome(served, 20 * MIB - read);
  const { resident: before } = await served.memory();
  let most = 0;
  for (let produced = 0, peers = 1; produced < 100 * MIB; peers++) {
    const kept = await neverRead(served);
    assert.ok(kept < 3 * MIB, `${kept} bytes were taken for one peer, the kernel's buffers included`);
    produced += kept;
    if (peers % 20 === 0 || produced >= 100 * MIB) most = Math.max(most, (await served.memory()).resident);
  }
  assert.ok(most <= 1.5 * before, `${most} of ${before} bytes`);
});

async function sendBroken(served: Pick<Served, 'dial'>, bytes: string | Buffer): Promise<string> {
  const socket = await dialFaulty(served);
  socket.end(bytes);
  return text(socket);
}

describe('F13: a broken frame', () => {
  for (const [what, bytes, says] of BROKEN_FRAMES) {
    test(`${what} gets words, and nobody else notices`, async () => {
      await using served = await serve();
      const other = await served.dial();
      const [frame] = (await sendBroken(served, bytes())).split('\n');
      assert.match(frame ?? '', says);
      assert.equal((JSON.parse(frame ?? '') as { ok: boolean }).ok, false);
      await echoes(served);
      assert.equal((await say(other, '{"cmd":"echo","text":"from before"}\n'))[0]?.['text'], 'from before');
    });
  }

  test('leaves nothing in memory once its peer is gone', async () => {
    await using served = await startRpcProcess();
    for (const [, bytes] of BROKEN_FRAMES) await sendBroken(served, bytes());
    const { held: before } = await served.memory();
    for (const [what, bytes] of BROKEN_FRAMES) {
      const frame = bytes();
      for (let peer = 0; peer < 40; peer++) await sendBroken(served, frame);
      const { held: after } = await served.memory();
      assert.ok(after <= 1.5 * before, `${after} of ${before} bytes after ${what}`);
    }
  });
});

test('F13: a peer that sends a byte now and then is cut with words; one that takes a breath between lines is not', async () => {
  await using served = await serve({ kind: 'operator' }, { lineMs: 200 });
  const slow = await dialFaulty(served);
  const answer = text(slow);
  const dripping = setInterval(() => slow.write('x'), 20);
  try {
    assert.match(await answer, /not whole after 0.2 s/);
  } finally {
    clearInterval(dripping);
    slow.destroy();
  }
  const patient = await served.dial();
  patient.write('{"cmd":"echo",');
  patient.write('"text":"one"}\n');
  await once(patient, 'data');
  const since = performance.now();
  await waitUntil('longer than a line may take', () => performance.now() - since > 300);
  assert.equal((await say(patient, '{"cmd":"echo","text":"two"}\n'))[0]?.['text'], 'two');
});
