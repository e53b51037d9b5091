import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { acceptAgent } from '#src/daemon/rpc/agent-socket.ts';
import { startEdge } from '../support/edge.ts';
import { startRecordingServer } from '../support/http.ts';

const REQUEST = 'GET /api/v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

test('a request that comes in the same packet as its service line is served, and one that follows it too', async () => {
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const folder = await mkdtemp(join(tmpdir(), 'hive-line-'));
  const path = join(folder, 'hive.sock');
  const doors = { agent: 'alice', broker: { mayReach: () => true }, edge: edge.edge, speak: () => undefined };
  const listener = createServer({ allowHalfOpen: true }, (socket) => acceptAgent(socket, doors)).listen(path);
  await once(listener, 'listening');
  try {
    const line = '{"hive":1,"service":"forge"}\n';
    for (const pieces of [
      [line + REQUEST],
      [line, REQUEST],
      [line.slice(0, 9), line.slice(9) + REQUEST.slice(0, 20), REQUEST.slice(20)],
    ]) {
      const socket = connect(path);
      const answer = text(socket);
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.match(await answer, /^\{.*"ok":true.*\}\nHTTP\/1\.1 200/);
    }
    assert.equal(forge.requests.length, 3);
  } finally {
    listener.close();
    await rm(folder, { recursive: true });
  }
});
