import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Logger } from 'pino';
import { createLink } from '#src/harness/link.ts';
import type { Link, LinkOptions } from '#src/harness/link.ts';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { waitUntil } from '../support/wait.ts';

const CONFIG = {
  ...{ agent: 'alice', manager: false, runtime: 'command', model: null, command: null, prompt: '' },
  ...{ forge: { host: '127.0.0.1', port: 1 }, login: null, egress: [] },
};
const OK = { version: PROTOCOL_VERSION, ok: true };
const TURN = { turn: 3, deliveries: [], remaining: 0, waiting: [], earlier: [], note: '' };

interface Asked {
  cmd?: string;
  call?: number;
}

interface Rig extends AsyncDisposable {
  link: Link;
  /** What came in the first piece of each connection. */
  pieces: string[][];
}

/** A link against a daemon that answers the first piece of a connection, whatever is in it, with one piece. */
async function startLink(
  reply: (asked: Map<string | undefined, Asked>, connection: number) => object[],
  told: Pick<LinkOptions, 'onHello' | 'onControl'>,
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-link-'));
  const socket = join(folder, 'hive.sock');
  const pieces: string[][] = [];
  const server = createServer((peer) => {
    peer
      .on('error', () => undefined)
      .once('data', (chunk) => {
        const lines = String(chunk).trim().split('\n').map((line) => JSON.parse(line) as Asked); // prettier-ignore
        pieces.push(lines.map(({ cmd }) => cmd ?? 'service'));
        const frames = [{ ok: true }, ...reply(new Map(lines.map((line) => [line.cmd, line])), pieces.length)];
        peer.write(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
      });
  }).listen(socket);
  await once(server, 'listening');
  const over = new AbortController();
  const log = { info: () => undefined, debug: () => undefined } as unknown as Logger;
  const link = createLink({ socket, log, nonce: 'n'.repeat(64), build: 'test', ...told });
  const done = link.run(over.signal);
  return {
    ...{ link, pieces },
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('an order that comes in one piece with the answer to the hello waits until the harness was told of that', async () => {
  const heard: string[] = [];
  await using rig = await startLink(
    (asked) => [
      { ...OK, call: asked.get('hello')?.call, session: 1, resumed: false, turn: null, config: CONFIG },
      { ...OK, call: asked.get('control')?.call },
      { call: asked.get('control')?.call, event: { type: 'exec', exec: 7, argv: ['true'] } },
    ],
    { onHello: async () => void heard.push('hello'), onControl: (order) => void heard.push(order.type) },
  );
  await waitUntil('the order came', () => heard.includes('exec'));
  assert.deepEqual(heard, ['hello', 'exec']);
  assert.deepEqual(rig.pieces, [['service', 'hello', 'control']]);
});

test('a call that may go with the hello is in its piece; its answer waits until the harness was told', async () => {
  const heard: string[] = [];
  const told = Promise.withResolvers<void>();
  const onHello = async (): Promise<void> => {
    await told.promise;
    heard.push('hello');
  };
  await using rig = await startLink(
    (asked) => [
      { ...OK, call: asked.get('hello')?.call, session: 1, resumed: true, turn: null, config: CONFIG },
      { ...OK, call: asked.get('control')?.call },
      { ...OK, call: asked.get('next')?.call, ...TURN },
    ],
    { onHello, onControl: () => undefined },
  );
  const next = rig.link.call(methods.next, { max: 1 }, { budgetMs: Infinity, withHello: true });
  void next.then(() => heard.push('next'));
  await waitUntil('the piece', () => rig.pieces.length === 1);
  assert.deepEqual(rig.pieces, [['service', 'hello', 'control', 'next']]);
  told.resolve();
  assert.equal((await next).value.turn, TURN.turn);
  assert.deepEqual(heard, ['hello', 'next']);
});

test('a call that went with a hello that was refused is made again, whatever it was told itself', async () => {
  const refusal = { ok: false, code: 'conflict', error: 'already connected', retry: true };
  await using rig = await startLink(
    (asked, connection) =>
      connection === 1
        ? [
            { ...refusal, call: asked.get('hello')?.call },
            { ok: false, code: 'forbidden', error: 'say hello first', call: asked.get('next')?.call },
          ]
        : [
            { ...OK, call: asked.get('hello')?.call, session: 1, resumed: true, turn: null, config: CONFIG },
            { ...OK, call: asked.get('control')?.call },
            { ...OK, call: asked.get('next')?.call, ...TURN },
          ],
    { onHello: async () => undefined, onControl: () => undefined },
  );
  const { value } = await rig.link.call(methods.next, { max: 1 }, { budgetMs: Infinity, withHello: true });
  assert.equal(value.turn, TURN.turn);
  assert.deepEqual(rig.pieces[1], ['service', 'hello', 'control', 'next']);
});
