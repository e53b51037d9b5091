import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { encodeLine, LineSplitter, parseLine } from '#src/lib/json-lines.ts';
import { connect, connectAhead } from '#src/protocol/client.ts';
import { isHiveDown } from '#src/protocol/connect.ts';
import { methods } from '#src/protocol/methods/index.ts';

type Frame = Record<string, unknown>;

describe('the socket client', () => {
  let folder: string;
  let path: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hive-client-'));
    path = join(folder, 'hive.sock');
    close = async () => {};
  });
  afterEach(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  /** A peer that hands every frame to `onFrame`. */
  async function listen(onFrame: (frame: Frame, socket: Socket) => void): Promise<void> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      const splitter = new LineSplitter();
      sockets.add(socket);
      socket.on('data', (chunk) => {
        for (const line of splitter.push(chunk)) onFrame(parseLine(line), socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    close = async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
  }

  const answerTo = ({ call }: Frame, fields: object): string => encodeLine({ call, version: 1, ok: true, ...fields });

  test('matches answers to calls by number when they come in another order', async () => {
    const frames: Frame[] = [];
    const answered = { accepted: true, state: 'answered', answered_by: 'alice', note: null };
    await listen((frame, socket) => {
      if (frames.push(frame) < 2) return;
      for (const each of frames.toReversed()) {
        socket.write(answerTo(each, { ...answered, id: each.id, answer: each.text }));
      }
    });
    await using client = await connect(path);
    const [one, two] = await Promise.all([
      client.call(methods.answer, { id: 1, text: 'yes' }),
      client.call(methods.answer, { id: 2, text: 'no' }),
    ]);
    assert.equal(one.id, 1);
    assert.equal(one.answer, 'yes');
    assert.equal(two.answer, 'no');
  });

  test('says its service first and hands on a refusal of it', async () => {
    await listen((frame, socket) => {
      const ok = frame.service === 'rpc';
      socket.write(encodeLine(ok ? { ok } : { ok, code: 'forbidden', error: 'not for you' }));
    });
    (await connect(path, { service: 'rpc' })).close();
    await assert.rejects(connect(path, { service: 'egress' }), { code: 'forbidden', message: 'not for you' });
  });

  test('calls ahead of its welcome in one piece with the service line; a refusal of the service fails them all', async () => {
    const frames: Frame[] = [];
    await listen((frame, socket) => {
      frames.push(frame);
      if (frame.service === 'rpc') return void socket.write(encodeLine({ ok: true }));
      if (frame.service) socket.end(encodeLine({ ok: false, code: 'limited', error: 'too many', retry: true }));
      else if (!socket.writableEnded) socket.write(answerTo(frame, {}));
    });
    await using client = await connectAhead(path, { service: 'rpc' });
    await Promise.all([client.call(methods.restart, { name: 'alice' }), client.call(methods.restart, { name: 'bob' })]);
    assert.deepEqual(frames.map(({ service, name }) => service ?? name), ['rpc', 'alice', 'bob']); // prettier-ignore
    await using refused = await connectAhead(path, { service: 'egress' });
    const calls = ['alice', 'bob'].map((name) => refused.call(methods.restart, { name }));
    for (const call of calls) await assert.rejects(call, { code: 'limited', message: 'too many', retry: true });
    await refused.closed;
  });

  test('throws what the daemon refuses, with its code and text', async () => {
    await listen(({ call }, socket) =>
      socket.write(encodeLine({ call, version: 1, ok: false, code: 'not_found', error: 'no agent zoe', retry: false })),
    );
    await using client = await connect(path);
    await assert.rejects(client.call(methods.restart, { name: 'zoe' }), { code: 'not_found', message: 'no agent zoe' });
  });

  test('a cut, oversized or malformed answer is an error, never a result', async () => {
    const replies = [
      (socket: Socket) => void socket.end('{"call":1,"version":1,"ok":true,"messages":[],"rem'),
      (socket: Socket) => void socket.write(`{"call":1,"ok":true,"x":"${'x'.repeat(1024 * 1024)}"}\n`),
      (socket: Socket) => void socket.write('{"call":1,"version":1,"ok":true,"messages":"none"}\n'),
    ];
    for (const reply of replies) {
      await listen((_, socket) => reply(socket));
      await using client = await connect(path);
      await assert.rejects(client.call(methods.recv, {}), { name: 'HiveError' });
      await close();
    }
    close = async () => {};
  });

  test('streams events until the connection closes', async () => {
    await listen((frame, socket) => {
      const event = (line: string): string => encodeLine({ call: frame.call, event: { type: 'line', line } });
      socket.end(answerTo(frame, { file: 'f', lines: [] }) + event('one') + event('two'));
    });
    await using client = await connect(path);
    const lines: string[] = [];
    const stream = await client.stream(methods.logs, { follow: true }, ({ line }) => lines.push(line));
    await stream.ended;
    assert.deepEqual(lines, ['one', 'two']);
  });

  test('an aborted call rejects while others go on', async () => {
    await listen((frame, socket) => frame.cmd === 'restart' && socket.write(answerTo(frame, {})));
    await using client = await connect(path);
    const abort = new AbortController();
    const waiting = client.call(methods.recv, { wait_seconds: 60 }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await client.call(methods.restart, { name: 'alice' });
  });

  test('a socket that is not there or that nobody serves names the fix', async () => {
    await assert.rejects(connect(path), { code: 'unavailable', message: /not running.*hive up/ });
    await listen(() => {});
    await close();
    close = async () => {};
    const error = await connect(path).catch((thrown: unknown) => thrown);
    assert.ok(isHiveDown(error));
  });
});
