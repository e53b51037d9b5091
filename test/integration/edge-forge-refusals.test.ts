import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEdge } from '../support/edge.ts';
import { ask, askRaw, pushRequest, startRecordingServer } from '../support/http.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

test('S26: hooks, keys, tokens, collaborators, transfer, statuses and settings stop at the edge', async () => {
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const base = await edge.open('mallory', 'forge');
  const attempts = [
    ['POST', '/api/v1/repos/mallory/app/hooks'],
    ['GET', '/api/v1/repos/mallory/app/hooks'],
    ['POST', '/api/v1/repos/mallory/app/keys'],
    ['PUT', '/api/v1/repos/mallory/app/collaborators/bob'],
    ['POST', '/api/v1/repos/mallory/app/transfer'],
    ['POST', '/api/v1/repos/mallory/app/statuses/0123456789abcdef0123456789abcdef01234567'],
    ['POST', '/api/v1/users/mallory/tokens'],
    ['GET', '/api/v1/users/mallory/tokens'],
    ['POST', '/api/v1/user/keys'],
    ['POST', '/api/v1/user/hooks'],
    ['POST', '/api/v1/user/applications/oauth2'],
    ['PATCH', '/api/v1/user/settings'],
    ['PATCH', '/api/v1/repos/mallory/app'],
    ['DELETE', '/api/v1/repos/mallory/app'],
    ['POST', '/api/v1/repos/mallory/app/branch_protections'],
    ['POST', '/api/v1/repos/migrate'],
    ['GET', '/api/v1/admin/users'],
    ['GET', '/api/internal/hook/pre-receive/a/b'],
    ['GET', '/api/v2/version'],
    ['POST', '/api/v1/repos/mallory/app/wiki/new'],
    ['GET', '/user/login'],
    ['POST', '/user/login'],
    ['POST', '/login/oauth/access_token'],
    ['GET', '/mallory/app/settings'],
    ['GET', '/mallory/app.wiki.git/info/refs?service=git-upload-pack'],
    ['GET', '/mallory/app.git/objects/info/packs'],
  ];
  for (const [method = '', path = ''] of attempts) {
    const { status, text } = await ask(base, path, { method, headers: JSON_TYPE });
    assert.ok(status === 403 || status === 404, `${method} ${path} gave ${status}`);
    assert.ok(text.length > 20, `${method} ${path} says what works instead`);
  }
  assert.equal(forge.requests.length, 0);
});

test('S27: addresses that two readers could read differently are refused', async () => {
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const base = await edge.open('mallory', 'forge');
  const paths = [
    '/api/v1/repos/a/b/../../../admin/users',
    '/api/v1/repos/a/b/%2e%2e/hooks',
    '/api/v1/repos/a/b/%2E%2E/hooks',
    '/api/v1//repos/a/b',
    '/api/v1/repos/a/b/',
    '/api/v1/repos/a%2fb',
    '/api/v1/repos/a/b%5c..%5chooks',
    '/api/v1/repos/a/b\\hooks',
    '/api/v1/repos/a/b/contents/x%00',
    '/api/v1/repos/a/b/contents/%252e%252e',
    '/%61pi/v1/repos/a/b',
    '/api/v1/repos/a/./b',
    '/api/v1/repos/a/b?sudo=alice',
    '/api/v1/repos/a/b?SUDO=alice',
    '/api/v1/repos/a/b?s%75do=alice',
    '/api/v1/repos/a/b?x=1&token=abc',
    '/api/v1/repos/a/b?access_token=abc',
    '/a/b.git/info/refs?service=git-upload-pack&token=x',
    'http://evil.example/api/v1/version',
    '*',
  ];
  for (const path of paths) {
    const { status } = await ask(base, path);
    assert.equal(status, 400, `${path} gave ${status}`);
  }
  assert.equal(forge.requests.length, 0);
});

test('S27: smuggled, upgraded and foreign protocols are refused, and no upstream connection is used twice', async () => {
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const base = await edge.open('mallory', 'forge');
  const post = 'POST /api/v1/repos/mallory/a/issues HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const both = `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n`;
  assert.match(await askRaw(base, both), /^HTTP\/1\.1 400/);
  assert.match(await askRaw(base, `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`), /^HTTP\/1\.1 400/);
  assert.match(await askRaw(base, `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`), /^HTTP\/1\.1 400/);
  assert.match(await askRaw(base, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^HTTP\/1\.1 400/);
  assert.match(await askRaw(base, '{"hive":1,"service":"rpc"}\n'), /^HTTP\/1\.1 400/);
  assert.match(await askRaw(base, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 405/);
  const upgrade = await ask(base, '/api/v1/version', { headers: { connection: 'upgrade', upgrade: 'websocket' } });
  assert.equal(upgrade.status, 400);
  assert.equal(forge.requests.length, 0);

  await ask(base, '/api/v1/version');
  await ask(base, '/api/v1/version');
  const [first, second] = forge.requests;
  assert.notEqual(first?.remotePort, second?.remotePort);
});

test('S26: a push of anything but branches and tags is answered in git’s words and goes no further', async () => {
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const base = await edge.open('mallory', 'forge');
  const { status, headers, text } = await ask(base, '/mallory/a.git/git-receive-pack', pushRequest('refs/for/main'));
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/x-git-receive-pack-result');
  assert.match(text, /only branches and tags are offered, not refs\/for\/main/);
  assert.match(text, /ng refs\/for\/main refused by the hive/);
  const packed = { ...pushRequest('refs/heads/main'), headers: { 'content-encoding': 'gzip' } };
  assert.equal((await ask(base, '/mallory/a.git/git-receive-pack', packed)).status, 415);
  assert.equal(forge.requests.length, 0);
});
