import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { createTestClock } from '../support/clock.ts';
import { startEdge } from '../support/edge.ts';
import { ask, askRaw, pushRequest, startRecordingServer } from '../support/http.ts';
import { waitUntil } from '../support/wait.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

test('a request reaches the forge signed as the agent whose socket it came from, whatever it says', async () => {
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const mallory = await edge.open('mallory', 'forge');
  const headers = {
    authorization: 'Basic YWxpY2U6c2VjcmV0',
    cookie: 'session=alice',
    sudo: 'alice',
    'x-webauth-user': 'alice',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'evil.example',
    accept: 'application/json',
  };
  const { status } = await ask(mallory, '/api/v1/repos/alice/app', { headers });
  assert.equal(status, 200);
  const seen = forge.requests[0]?.headers ?? {};
  assert.equal(seen.authorization, `Basic ${Buffer.from('mallory:token-of-mallory').toString('base64')}`);
  assert.deepEqual(Object.keys(seen).toSorted(), ['accept', 'authorization', 'connection', 'host']);
  assert.equal(seen.host, new URL(forge.url).host);
});

test('an agent pushes one at a time; while pushes drain, new ones are refused and reading goes on', async () => {
  const held: (() => void)[] = [];
  await using forge = await startRecordingServer((req, res) => {
    if (req.method === 'POST') held.push(() => res.end('done'));
    else res.end('{}');
  });
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const [alice, bob] = await Promise.all([edge.open('alice', 'forge'), edge.open('bob', 'forge')]);
  const push = (base: string): ReturnType<typeof ask> =>
    ask(base, '/alice/a.git/git-receive-pack', pushRequest('refs/heads/main'));
  const [first, second, other] = [push(alice), push(alice), push(bob)];
  await waitUntil('one push of each runs', () => held.length === 2);
  held.shift()?.();
  held.shift()?.();
  assert.deepEqual([(await first).status, (await other).status], [200, 200]);
  await waitUntil('the second push runs', () => held.length === 1);
  let drained = false;
  const draining = edge.edge.drainPushes(60_000).then(() => (drained = true));
  const refused = await push(bob);
  assert.equal(refused.status, 503);
  assert.match(refused.text, /about to restart/);
  assert.equal((await ask(bob, '/api/v1/version')).status, 200);
  assert.equal(drained, false);
  held.shift()?.();
  assert.equal((await second).status, 200);
  await draining;
});

test('requests follow each other on a connection; several at once on one end it', async () => {
  await using forge = await startRecordingServer((_req, res) => void setImmediate(() => res.end('{}')));
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const base = await edge.open('alice', 'forge');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let time = 0; time < 50; time++) assert.equal((await ask(base, '/api/v1/version', { agent })).status, 200);
  agent.destroy();
  const get = 'GET /api/v1/version HTTP/1.1\r\nHost: x\r\n\r\n';
  assert.equal(await askRaw(base, get + get).catch(() => ''), '');
});

test('a connection that says nothing, or half a header, or nothing after an answer, is ended', async () => {
  const clock = createTestClock();
  await using forge = await startRecordingServer();
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url }, clock });
  const base = await edge.open('alice', 'forge');
  const before = clock.timers();
  const silent = askRaw(base, '');
  const half = askRaw(base, 'GET /api/v1/version HTTP/1.1\r\nHost:');
  const done = askRaw(base, 'GET /api/v1/version HTTP/1.1\r\nHost: x\r\n\r\n');
  await waitUntil('one served, all waiting', () => forge.requests.length === 1 && clock.timers() === before + 3);
  await clock.advance(60_000);
  assert.equal(await silent, '');
  assert.equal(await half, '');
  assert.match(await done, /^HTTP\/1\.1 200/);
  assert.equal(clock.timers(), before);
});

test('cookies and foreign redirects of the forge do not reach the agent', async () => {
  await using forge = await startRecordingServer((req, res) => {
    const location = req.url.includes('archive') ? `${forge.url}/a/b/archive/x.zip` : 'http://evil.example/';
    res
      .writeHead(303, { 'set-cookie': 'i_like_gitea=1', 'www-authenticate': 'Basic', location, 'x-total-count': '3' })
      .end();
  });
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const base = await edge.open('alice', 'forge');
  const away = await ask(base, '/api/v1/repos/a/b');
  assert.equal(away.headers.location, undefined);
  assert.equal(away.headers['set-cookie'], undefined);
  assert.equal(away.headers['www-authenticate'], undefined);
  assert.equal(away.headers['x-total-count'], '3');
  const stays = await ask(base, '/a/b/archive/main.zip');
  assert.equal(stays.headers.location, `${forge.url}/a/b/archive/x.zip`);
});

test('a refused credential is minted again once, and the request with its body is repeated', async () => {
  let asked: (boolean | undefined)[] = [];
  await using forge = await startRecordingServer((req, res) => {
    const fresh = Buffer.from(req.headers.authorization?.slice(6) ?? '', 'base64').toString() === 'alice:new';
    res.writeHead(fresh ? 201 : 401).end('{}');
  });
  const forgeCredential = async (_agent: string, fresh?: boolean): Promise<{ username: string; token: string }> => {
    asked.push(fresh);
    return { username: 'alice', token: fresh ? 'new' : 'old' };
  };
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url, forgeCredential } });
  const base = await edge.open('alice', 'forge');
  const body = JSON.stringify({ title: 'hello' });
  const made = await ask(base, '/api/v1/repos/alice/app/issues', { method: 'POST', headers: JSON_TYPE, body });
  assert.equal(made.status, 201);
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(
    forge.requests.map((request) => request.body),
    [body, body],
  );

  asked = [];
  await using never = await startRecordingServer((_req, res) => void res.writeHead(401).end());
  await using second = startEdge({ hooks: { forgeUrl: () => never.url, forgeCredential } });
  const refused = await ask(await second.open('alice', 'forge'), '/api/v1/version');
  assert.equal(refused.status, 502);
  assert.equal(never.requests.length, 2);
});

test('pages for people name the call or verb that answers the same', async () => {
  await using edge = startEdge();
  const base = await edge.open('alice', 'forge');
  const cases: [string, number, RegExp][] = [
    ['/', 404, /hive whoami/],
    ['/user/login', 403, /signed in already/],
    ['/bob', 404, /GET \/api\/v1\/repos\/search/],
    ['/bob/app', 404, /GET \/api\/v1\/repos\/bob\/app, or git clone/],
    ['/bob/app/issues/3', 404, /GET \/api\/v1\/repos\/bob\/app\/issues\/3/],
    ['/org-shared/threads/issues/3', 404, /hive threads show/],
    [
      '/bob/app/src/branch/main/a/b.md',
      404,
      /contents\/a\/b\.md\?ref=main, or \/bob\/app\/raw\/branch\/main\/a\/b\.md/,
    ],
    ['/bob/app/pulls/2', 404, /GET \/api\/v1\/repos\/bob\/app\/pulls\/2/],
  ];
  for (const [path, expected, says] of cases) {
    const { status, text } = await ask(base, path);
    assert.equal(status, expected, path);
    assert.match(text, says);
  }
  const { text } = await ask(base, '/api/v1/repos/alice/app/hooks', { method: 'POST' });
  assert.match((JSON.parse(text) as { message: string }).message, /Webhooks are not offered/);
  const form = await ask(base, '/api/v1/repos/alice/app/issues', {
    method: 'POST',
    body: 'title=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(form.status, 415);
});

test('a forge that is down is said as such, and a fenced agent reaches nothing', async () => {
  let live = true;
  await using edge = startEdge({ hooks: { mayReach: () => live } });
  const base = await edge.open('alice', 'forge');
  const down = await ask(base, '/api/v1/version');
  assert.equal(down.status, 503);
  assert.match(down.text, /ECONNREFUSED/);
  live = false;
  await assert.rejects(ask(base, '/api/v1/version'));
});

test('cutting an agent ends its running requests on both sides and nobody else’s', async () => {
  const open = new Set<string>();
  await using forge = await startRecordingServer((req, res) => {
    const agent =
      Buffer.from(req.headers.authorization?.slice(6) ?? '', 'base64')
        .toString()
        .split(':')[0] ?? '';
    open.add(agent);
    res.write('{');
    res.once('close', () => open.delete(agent));
    res.socket?.setNoDelay();
  });
  await using edge = startEdge({ hooks: { forgeUrl: () => forge.url } });
  const [alice, bob] = await Promise.all([edge.open('alice', 'forge'), edge.open('bob', 'forge')]);
  const hanging = ask(alice, '/api/v1/version').then(
    () => 'ended',
    () => 'cut',
  );
  const other = ask(bob, '/api/v1/version').catch(() => undefined);
  await waitUntil('both under way', () => open.size === 2);
  edge.edge.cut('alice');
  assert.equal(await hanging, 'cut');
  await waitUntil('upstream of alice closed', () => open.size === 1);
  assert.deepEqual([...open], ['bob']);
  edge.edge.cut('bob');
  await other;
});
