import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import type { Outside } from '#src/daemon/edge/egress/dial.ts';
import { createPublicAddressPolicy } from '#src/daemon/edge/egress/public-address.ts';
import { startEdge } from '../support/edge.ts';
import { ask, askRaw, startRecordingServer } from '../support/http.ts';
import { waitUntil } from '../support/wait.ts';

/** A public internet of two names; every connection lands on `port` of loopback and is recorded. */
function outside(port: number, names: Record<string, string[]>): Outside & { opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    resolve: async (host) => {
      const found = names[host];
      if (!found) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
      return found;
    },
    policy: createPublicAddressPolicy(),
    open(address, wanted) {
      opened.push(`${address}:${wanted}`);
      return connect({ host: '127.0.0.1', port });
    },
  };
}

/** CONNECT through the proxy; answers the socket after the proxy's answer, and that answer. */
async function connectTo(base: string, authority: string): Promise<{ socket: Socket; answer: string }> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(base).port) });
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  return { socket, answer: first.toString() };
}

test('an allowed host is reached by plain HTTP and by CONNECT, at the address that was checked', async () => {
  await using server = await startRecordingServer((_req, res) => void res.writeHead(200, { 'x-a': 'b' }).end('hello'));
  const world = outside(server.port, { 'example.org': ['93.184.216.34'], 'a.b.example.net': ['2606:2800:220:1::1'] });
  await using edge = startEdge({ hooks: { egress: () => ['example.org', '*.example.net'] }, outside: world });
  const base = await edge.open('alice', 'egress');
  const headers = {
    'proxy-authorization': 'Basic x',
    'proxy-connection': 'keep-alive',
    'x-own': '1',
    connection: 'x-hop',
    'x-hop': '1',
  };
  const plain = await ask(base, 'http://Example.org./path?q=1', { method: 'POST', body: 'data', headers });
  assert.equal(plain.status, 200);
  assert.equal(plain.text, 'hello');
  assert.equal(plain.headers['x-a'], 'b');
  const [seen] = server.requests;
  assert.equal(seen?.url, '/path?q=1');
  assert.equal(seen.body, 'data');
  assert.equal(seen.headers.host, 'example.org');
  assert.equal(seen.headers['x-own'], '1');
  for (const name of ['proxy-authorization', 'proxy-connection', 'x-hop']) assert.equal(seen.headers[name], undefined);

  const { socket, answer } = await connectTo(base, 'a.b.example.net:443');
  assert.match(answer, /^HTTP\/1\.1 200/);
  socket.write('GET /inside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [reply] = (await once(socket, 'data')) as [Buffer];
  assert.match(reply.toString(), /^HTTP\/1\.1 200/);
  socket.destroy();
  assert.deepEqual(world.opened, ['93.184.216.34:80', '[2606:2800:220:1::1]:443'.replace(/[[\]]/g, '')]);
  assert.deepEqual(edge.refused, []);
});

test('what is not on the list is refused with the line that would allow it', async () => {
  const world = outside(1, {});
  await using edge = startEdge({
    hooks: { egress: (agent) => (agent === 'alice' ? ['*.example.org'] : []) },
    outside: world,
  });
  const base = await edge.open('alice', 'egress');
  const bare = await ask(base, 'http://example.org/');
  assert.equal(bare.status, 403);
  assert.match(bare.text, /add "- example\.org" below egress: in alice\/agent\.yaml of the repository hive\/agents/);
  assert.match((await connectTo(base, 'evilexample.org:443')).answer, /^HTTP\/1\.1 403 [\s\S]*evilexample\.org:443/);
  assert.match((await ask(base, 'http://10.0.0.1/')).text, /10\.0\.0\.1:80: nothing allows it: the hive dials public/);
  const other = await edge.open('bob', 'egress');
  assert.match((await connectTo(other, 'a.example.org:443')).answer, /^HTTP\/1\.1 403/);
  assert.deepEqual(
    edge.refused.map(({ agent, host, port }) => `${agent} ${host}:${port}`),
    ['alice example.org:80', 'alice evilexample.org:443', 'alice 10.0.0.1:80', 'bob a.example.org:443'],
  );
  assert.deepEqual(world.opened, []);
});

/** Ways to write this machine's own addresses. */
const OWN_ADDRESSES = [
  '2130706433:80',
  'localhost:80',
  '127.0.0.1:80',
  '[::1]:80',
  '[::ffff:127.0.0.1]:443',
  '0177.0.0.1:80',
  '0x7f000001:80',
];
/** Request targets of which the proxy serves none. */
const TARGETS = [
  'http://127.1/',
  'http://2130706433/',
  'http://[::1]/',
  'http://u:p@meta.example.org/',
  'http://meta.example.org:8080/',
  'https://meta.example.org/',
  'unix:/run/hive.sock',
  'file:///etc/passwd',
  '/etc/passwd',
  'ftp://meta.example.org/',
];
/** What CONNECT takes none of: other ports, and no host with a port. */
const MISSHAPEN = [
  'meta.example.org:22',
  'meta.example.org:0',
  'meta.example.org',
  'meta.example.org:443@x:80',
  'a b:443',
  ':443',
];

test('S22: private, special and own addresses are never dialled, however they are written', async () => {
  await using canary = await startRecordingServer();
  const rebinding = ['93.184.216.34', '127.0.0.1'];
  const world = outside(canary.port, {
    'meta.example.org': ['169.254.169.254'],
    'mapped.example.org': ['::ffff:10.0.0.1'],
    'nat64.example.org': ['64:ff9b::7f00:1'],
    'ula.example.org': ['fd00::1'],
    'mixed.example.org': rebinding,
    'shared.example.org': ['100.64.0.1'],
    '2130706433': ['127.0.0.1'],
    localhost: ['127.0.0.1', '::1'],
  });
  const lines = ['*.example.org', '2130706433', 'localhost', '127.0.0.1', '0177.0.0.1', '10.0.0.1'];
  await using edge = startEdge({ hooks: { egress: () => lines }, outside: world });
  const base = await edge.open('mallory', 'egress');
  for (const host of ['meta', 'mapped', 'nat64', 'ula', 'mixed', 'shared'].map((name) => `${name}.example.org`)) {
    const { answer } = await connectTo(base, `${host}:443`);
    assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*is refused/, host);
    assert.equal((await ask(base, `http://${host}/`)).status, 403, host);
  }
  for (const authority of OWN_ADDRESSES) {
    const { answer } = await connectTo(base, authority);
    assert.match(answer, /^HTTP\/1\.1 (?:403|502)/, authority);
  }
  for (const target of TARGETS) {
    const { status } = await ask(base, target);
    assert.ok([400, 403, 502].includes(status), `${target} gave ${status}`);
  }
  for (const authority of MISSHAPEN)
    assert.match(
      await askRaw(base, `CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`),
      /^HTTP\/1\.1 (?:403|400)/,
      authority,
    );
  assert.deepEqual(world.opened, []);
  assert.equal(canary.requests.length, 0);
});

test('a name that changes its answer after the check gains nothing: it is resolved once', async () => {
  await using server = await startRecordingServer();
  let resolved = 0;
  const world = outside(server.port, {});
  world.resolve = async () => (resolved++ === 0 ? ['93.184.216.34'] : ['127.0.0.1']);
  await using edge = startEdge({ hooks: { egress: () => ['rebind.example.org'] }, outside: world });
  const base = await edge.open('mallory', 'egress');
  assert.equal((await ask(base, 'http://rebind.example.org/')).status, 200);
  assert.deepEqual(world.opened, ['93.184.216.34:80']);
  assert.equal((await ask(base, 'http://rebind.example.org/')).status, 403);
  assert.deepEqual(world.opened, ['93.184.216.34:80']);
});

test('a redirect to an address inside is handed to the agent, not followed', async () => {
  await using server = await startRecordingServer(
    (_req, res) => void res.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
  );
  const world = outside(server.port, { 'example.org': ['93.184.216.34'] });
  await using edge = startEdge({ hooks: { egress: () => ['example.org'] }, outside: world });
  const { status } = await ask(await edge.open('alice', 'egress'), 'http://example.org/');
  assert.equal(status, 302);
  assert.equal(world.opened.length, 1);
});

test('cutting an agent ends its tunnels, also from the server’s side', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let closed = false;
  server.on('connection', (socket) => socket.on('error', () => undefined).once('close', () => (closed = true)));
  const world = outside((server.address() as AddressInfo).port, { 'example.org': ['93.184.216.34'] });
  await using edge = startEdge({ hooks: { egress: () => ['example.org'] }, outside: world });
  const { socket } = await connectTo(await edge.open('alice', 'egress'), 'example.org:443');
  socket.on('error', () => undefined);
  edge.edge.cut('alice');
  await waitUntil('both ends closed', () => closed && socket.closed);
  server.close();
});

test('a host that does not answer or resolve gives 502', async () => {
  const world = outside(1, { 'example.org': ['93.184.216.34'] });
  await using edge = startEdge({ hooks: { egress: () => ['example.org', 'gone.example'] }, outside: world });
  const base = await edge.open('alice', 'egress');
  assert.match((await ask(base, 'http://example.org/')).text, /does not answer \(ECONNREFUSED\)/);
  assert.match((await connectTo(base, 'gone.example:443')).answer, /502 [\s\S]*cannot be resolved \(ENOTFOUND\)/);
  assert.deepEqual(edge.refused, []);
});
