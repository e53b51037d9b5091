import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import { method } from '#src/protocol/method.ts';
import type { Context, Principal } from '#src/daemon/rpc/api.ts';
import { Connection } from '#src/daemon/rpc/connection.ts';
import { createDispatch } from '#src/daemon/rpc/dispatch.ts';
import { handler } from '#src/daemon/rpc/handler.ts';
import { listen } from '#src/daemon/rpc/listener.ts';
import { waitUntil } from '../support/wait.ts';

const log = pino({ level: 'silent' });

const echo = method({
  cmd: 'echo',
  callers: ['operator', 'web', 'harness'],
  input: z.strictObject({ text: z.string() }),
  output: z.object({ text: z.string() }),
});
const hang = method({ cmd: 'hang', callers: ['operator', 'harness'], input: z.strictObject({}), output: z.object({}) });
const flood = method({
  cmd: 'flood',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({}),
  stream: z.object({ type: z.literal('x'), text: z.string() }),
});
const big = method({
  cmd: 'big',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({ text: z.string() }),
});

/** A listening socket with four methods, and what it noticed. */
interface Served extends AsyncDisposable {
  dial(): Promise<Socket>;
  aborted: number;
  pushed: number;
  connections: Connection[];
}

async function serve(principal: Principal = { kind: 'operator' }, maxConnections = 8): Promise<Served> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-rpc-'));
  const path = join(dir, 'x.sock');
  const served = { aborted: 0, pushed: 0, connections: [] as Connection[] };
  const handlers = [
    handler(echo, async ({ input }) => ({ text: input.text })),
    handler(
      hang,
      ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => (served.aborted++, reject(new Error('closed')))),
        ),
    ),
    handler(flood, async ({ push, signal }) => {
      const again = (): void => {
        if (signal.aborted) return void served.aborted++;
        push({ type: 'x', text: 'x'.repeat(60_000) });
        served.pushed++;
        setImmediate(again);
      };
      setImmediate(again);
      return {};
    }),
    handler(big, async () => ({ text: 'x'.repeat(1024 * 1024) })),
  ];
  const context = {
    config: { release: '0.0.0' },
    broker: { mayReach: () => true },
    webSessions: { resolve: (token: string) => (token === 'good' ? { subject: '1', name: 'zoe' } : undefined) },
  } as unknown as Context;
  const dispatch = createDispatch({ context, handlers, log, checkOutput: true });
  const onConnection = (socket: Socket): void => {
    served.connections.push(
      new Connection(socket, { principal, serve: dispatch, log, endsWithInput: principal.kind === 'agent' }),
    );
  };
  const listener = await listen({ path, owner: { mode: 0o600 }, maxConnections, onConnection, log });
  return Object.assign(served, {
    async dial() {
      const socket = connect({ path, allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true });
    },
  });
}

/** Sends raw bytes, ends the input, and answers the frames that come back. */
async function say(socket: Socket, bytes: string | Buffer): Promise<Record<string, unknown>[]> {
  socket.end(bytes);
  return (await text(socket))
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('answers carry version, ok and the number of the call, also when the caller already ended its side', async () => {
  await using served = await serve();
  const frames = await say(await served.dial(), '{"cmd":"echo","text":"hi","call":7}\n\n{"cmd":"echo","text":"ho"}\n');
  assert.deepEqual(frames, [
    { text: 'hi', call: 7, version: 1, ok: true },
    { text: 'ho', version: 1, ok: true },
  ]);
});

test('a character that is cut between two writes stays whole', async () => {
  await using served = await serve();
  const socket = await served.dial();
  const bytes = Buffer.from('{"cmd":"echo","text":"grün"}\n');
  const middle = bytes.indexOf(0xc3) + 1;
  socket.write(bytes.subarray(0, middle));
  await waitUntil('the first half was read', () => socket.bytesWritten === middle);
  assert.equal((await say(socket, bytes.subarray(middle)))[0]?.['text'], 'grün');
});

for (const [what, bytes, code, error] of [
  ['an unknown cmd', '{"cmd":"sudo"}\n', 'invalid', /unknown cmd "sudo"/],
  ['no cmd', '{"hello":1}\n', 'invalid', /"cmd"/],
  ['no JSON', 'GET / HTTP/1.1\n', 'invalid', /not JSON/],
  ['an array', '[1]\n', 'invalid', /no JSON object/],
  ['a wrong field', '{"cmd":"echo","text":1}\n', 'invalid', /echo: text 1 is refused/],
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), 'invalid', /UTF-8/],
  ['an answer over 1 MiB', '{"cmd":"big"}\n', 'limited', /longer than 1 MiB/],
] as const) {
  test(`${what} is refused with words`, async () => {
    await using served = await serve();
    const [frame] = await say(await served.dial(), bytes);
    assert.equal(frame?.['ok'], false);
    assert.equal(frame?.['code'], code);
    assert.match(String(frame?.['error']), error);
  });
}

test('a line over 1 MiB closes that connection and no other', async () => {
  await using served = await serve();
  const other = await served.dial();
  const socket = await served.dial();
  socket.on('error', () => undefined);
  socket.write(Buffer.alloc(2 * 1024 * 1024, 0x61));
  const [frame] = (await text(socket)).split('\n');
  assert.match(frame ?? '', /longer than 1048576 bytes/);
  assert.equal((await say(other, '{"cmd":"echo","text":"still here"}\n'))[0]?.['ok'], true);
});

test('a peer that does not read is cut, and what it streamed ends', async () => {
  await using served = await serve();
  const socket = await served.dial();
  socket.on('error', () => undefined).pause();
  socket.write('{"cmd":"flood"}\n');
  await waitUntil('the slow reader was cut', () => served.aborted === 1);
  assert.ok(served.pushed < 200, `${served.pushed} frames were kept for it`);
  socket.destroy();
});

test('more calls than a connection may have under way are refused, and closing it aborts them', async () => {
  await using served = await serve({ kind: 'agent', name: 'alice', session: 1 });
  const socket = await served.dial();
  socket.write('{"cmd":"hang"}\n'.repeat(64) + '{"cmd":"echo","text":"x","call":"over"}\n');
  const [line] = (await once(socket, 'data')) as [Buffer];
  const frame = JSON.parse(line.toString()) as Record<string, unknown>;
  assert.deepEqual([frame['call'], frame['code'], frame['retry']], ['over', 'limited', true]);
  socket.destroy();
  await waitUntil('all were aborted', () => served.aborted === 64);
});

test('more connections than a socket may have are told so', async () => {
  await using served = await serve({ kind: 'operator' }, 1);
  const first = await served.dial();
  const [frame] = await say(await served.dial(), '');
  assert.equal(frame?.['code'], 'limited');
  first.destroy();
  await waitUntil(
    'a place is free again',
    async () => (await say(await served.dial(), '{"cmd":"echo","text":"x"}\n'))[0]?.['ok'],
  );
});

test('on the web socket a call needs the session of a signed-in person', async () => {
  await using served = await serve({ kind: 'web', operator: null, token: null });
  const refused = await say(
    await served.dial(),
    '{"cmd":"echo","text":"x"}\n{"cmd":"echo","text":"x","session":"old"}\n',
  );
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['forbidden', 'forbidden'],
  );
  const [frame] = await say(await served.dial(), '{"cmd":"echo","text":"x","session":"good"}\n');
  assert.equal(frame?.['ok'], true);
});

test('a method of another caller is refused', async () => {
  await using served = await serve({ kind: 'agent', name: 'mallory', session: null });
  const [frame] = await say(await served.dial(), '{"cmd":"echo","text":"x"}\n');
  assert.equal(frame?.['code'], 'forbidden');
});

test('draining aborts what waits, answers it and then closes', async () => {
  await using served = await serve();
  const socket = await served.dial();
  socket.write('{"cmd":"hang","call":1}\n');
  const [connection] = await waitUntil(
    'the call is under way',
    () => served.connections.filter(({ busy }) => busy)[0] && served.connections,
  );
  connection?.drain();
  const answer = JSON.parse(await text(socket)) as Record<string, unknown>;
  assert.deepEqual([answer['call'], answer['code'], answer['retry']], [1, 'unavailable', true]);
});
