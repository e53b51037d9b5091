import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createLink } from '#src/harness/link.ts';
import type { Link, LinkOptions } from '#src/harness/link.ts';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Retried } from '#src/protocol/retry.ts';
import { waitUntil } from '../support/wait.ts';

const CONFIG = {
  ...{ agent: 'alice', manager: false, runtime: 'command', model: null, command: null, prompt: '' },
  ...{ forge: { host: '127.0.0.1', port: 1 }, login: null, egress: [] },
};
const OK = { version: PROTOCOL_VERSION, ok: true };
const TURN = { turn: 3, deliveries: [], remaining: 0, waiting: [], earlier: [], note: '' };

const ANSWERS: Record<string, object> = {
  ...{ hello: { session: 1, resumed: true, turn: null, config: CONFIG }, next: TURN },
};

interface Asked {
  cmd?: string;
  call?: number;
}

/** The frames that answer a piece; `connection` counts from 1. */
type Reply = (asked: Asked[], connection: number) => object[];

interface Rig extends AsyncDisposable {
  link: Link;
  /** What came together, of all connections. */
  pieces: string[][];
  /** Cuts the connection. */
  cut(): void;
}

const answers: Reply = (asked) =>
  asked.flatMap(({ cmd, call }) => (cmd === undefined ? { ok: true } : { ...OK, call, ...ANSWERS[cmd] }));

/** A link against a daemon that answers each piece with one piece. */
async function startLink(reply: Reply, told: Pick<LinkOptions, 'onHello' | 'onControl'>): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-link-'));
  const socket = join(folder, 'hive.sock');
  const pieces: string[][] = [];
  const peers: Socket[] = [];
  const server = createServer((peer) => {
    const connection = peers.push(peer);
    peer
      .on('error', () => undefined)
      .on('data', (chunk) => {
        const lines = String(chunk).trim().split('\n').map((line) => JSON.parse(line) as Asked); // prettier-ignore
        pieces.push(lines.map(({ cmd }) => cmd ?? 'service'));
        const frames = reply(lines, connection);
        peer.write(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
      });
  }).listen(socket);
  await once(server, 'listening');
  const over = new AbortController();
  const log = { info: () => undefined, debug: () => undefined } as unknown as Logger;
  const link = createLink({ socket, log, nonce: 'n'.repeat(64), build: 'test', ...told });
  const done = link.run(over.signal);
  return {
    ...{ link, pieces, cut: () => void peers.at(-1)?.destroy() },
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const next = (link: Link): Promise<Retried<{ turn: number }>> =>
  link.call(methods.next, { max: 1 }, { budgetMs: Infinity, withHello: true });

test('an order that comes in one piece with the answer to the hello waits until the harness was told of that', async () => {
  const heard: string[] = [];
  const order: Reply = (asked, connection) => {
    const call = asked.find(({ cmd }) => cmd === 'hello')?.call;
    return [...answers(asked, connection), { call, event: { type: 'exec', exec: 7, argv: ['true'] } }];
  };
  await using rig = await startLink(order, {
    onHello: async () => void heard.push('hello'),
    onControl: ({ type }) => void heard.push(type),
  });
  await waitUntil('the order came', () => heard.includes('exec'));
  assert.deepEqual(heard, ['hello', 'exec']);
  assert.deepEqual(rig.pieces, [['service', 'hello']]);
});

test('a call that may go with the hello is in its piece, and its answer waits until the harness was told', async () => {
  const heard: string[] = [];
  const told = Promise.withResolvers<void>();
  const onHello = async (): Promise<void> => {
    if (heard.push('hello') > 1) await told.promise;
  };
  await using rig = await startLink(answers, { onHello, onControl: () => undefined });
  await waitUntil('the first hello was told', () => heard.length === 1);
  const turn = next(rig.link);
  void turn.then(() => heard.push('next'));
  rig.cut();
  await waitUntil('the second piece', () => rig.pieces.length === 2);
  assert.deepEqual(rig.pieces[1], ['service', 'hello', 'next']);
  await waitUntil('the second hello', () => heard.length === 2);
  told.resolve();
  assert.equal((await turn).value.turn, TURN.turn);
  assert.deepEqual(heard, ['hello', 'hello', 'next']);
});

test('no call goes with the first hello: what an earlier harness left to be said comes before it', async () => {
  const heard: string[] = [];
  const told = Promise.withResolvers<void>();
  const onHello = async (): Promise<void> => {
    heard.push('hello');
    await told.promise;
    heard.push('caught up');
  };
  await using rig = await startLink(answers, { onHello, onControl: () => undefined });
  const early = next(rig.link);
  await waitUntil('the hello', () => heard.length === 1);
  const late = next(rig.link);
  for (const call of [early, late]) void call.then(() => heard.push('next'));
  await setImmediate();
  const before = [...rig.pieces];
  told.resolve();
  await Promise.all([early, late]);
  assert.deepEqual(before, [['service', 'hello']]);
  assert.deepEqual(heard, ['hello', 'caught up', 'next', 'next']);
});

test('a call that went with a hello that was refused is made again, whatever it was told itself', async () => {
  const refusal = { ok: false, code: 'conflict', error: 'already connected', retry: true };
  let hellos = 0;
  const refused: Reply = (asked, connection) => {
    const [welcome, ...others] = answers(asked, connection);
    if (connection !== 2) return [welcome!, ...others];
    const callOf = (cmd: string): number | undefined => asked.find((line) => line.cmd === cmd)?.call;
    const notNow = { ok: false, code: 'forbidden', error: 'say hello first', call: callOf('next') };
    return [welcome!, { ...refusal, call: callOf('hello') }, notNow];
  };
  await using rig = await startLink(refused, { onHello: async () => void hellos++, onControl: () => undefined });
  await waitUntil('the first hello was told', () => hellos === 1);
  const turn = next(rig.link);
  rig.cut();
  assert.equal((await turn).value.turn, TURN.turn);
  assert.deepEqual(rig.pieces.slice(1), [
    ['service', 'hello', 'next'],
    ['service', 'hello', 'next'],
  ]);
});
