import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { say, serve } from '../support/rpc-server.ts';
import { waitUntil } from '../support/wait.ts';

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
  await using served = await serve({ kind: 'operator' }, { maxConnections: 1 });
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
