import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { say, serve, type Served } from '../support/rpc-server.ts';
import { waitUntil } from '../support/wait.ts';

const MIB = 1024 * 1024;
/** Pushed by the flood at a time. */
const FRAME = 60_000;

/** Asks over a connection that is not disturbed. */
async function echoes(served: Served): Promise<void> {
  const [frame] = await say(await served.dial(), '{"cmd":"echo","text":"still here"}\n');
  assert.equal(frame?.['text'], 'still here');
}

/** A peer whose errors are its own affair. */
async function dialFaulty(served: Served): Promise<Socket> {
  return (await served.dial()).on('error', () => undefined);
}

/** Resident memory after what can be collected. */
function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

test('F12: peers that never read are cut at 1 MiB each while 100 MiB are produced; others are answered, memory stays flat', async () => {
  await using served = await serve();
  await echoes(served);
  const before = memory();
  for (let peer = 1; served.pushed * FRAME < 100 * MIB; peer++) {
    const pushed = served.pushed;
    const socket = (await dialFaulty(served)).pause();
    socket.write('{"cmd":"flood"}\n');
    await echoes(served);
    await waitUntil('the slow reader was cut', () => served.aborted === peer);
    const kept = (served.pushed - pushed) * FRAME;
    assert.ok(kept < 3 * MIB, `${kept} bytes were taken for one peer, the kernel's buffers included`);
    socket.destroy();
  }
  assert.ok(memory() <= 1.5 * before, `${memory()} of ${before} bytes`);
});

const BROKEN: [what: string, bytes: () => string | Buffer, says: RegExp][] = [
  ['a line of 10 MB', () => Buffer.alloc(10_000_000, 0x61), /longer than 1048576 bytes/],
  ['half a line', () => '{"cmd":"echo","te', /ended in the middle of a line/],
  [
    'a character cut in half',
    () => Buffer.concat([Buffer.from('{"cmd":"echo","text":"gr'), Buffer.from([0xc3, 0x0a])]),
    /UTF-8/,
  ],
  ['no JSON', () => 'GET / HTTP/1.1\n', /not JSON/],
  ['half an object', () => '{"cmd":"echo"\n', /not JSON/],
  [
    'objects in objects in objects',
    () => `{"cmd":"echo","text":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}\n`,
    /nested more than 200 deep/,
  ],
  [
    'lists in lists in lists',
    () => `{"cmd":"echo","text":${'['.repeat(500_000)}${']'.repeat(500_000)}}\n`,
    /nested more than 200 deep/,
  ],
];

test('F13: a broken frame gets words, memory stays flat and nobody else notices', async (t) => {
  await using served = await serve();
  await echoes(served);
  const other = await served.dial();
  const before = memory();
  for (const [what, bytes, says] of BROKEN) {
    await t.test(what, async () => {
      for (let round = 0; round < 5; round++) {
        const socket = await dialFaulty(served);
        socket.end(bytes());
        const [frame] = (await text(socket)).split('\n');
        assert.match(frame ?? '', says);
        assert.equal((JSON.parse(frame ?? '') as { ok: boolean }).ok, false);
      }
      await echoes(served);
    });
  }
  assert.equal((await say(other, '{"cmd":"echo","text":"from before"}\n'))[0]?.['text'], 'from before');
  assert.ok(memory() <= 1.5 * before, `${memory()} of ${before} bytes`);
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
