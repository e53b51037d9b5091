import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { COOKIE, startDashboard } from '../../support/dashboard.ts';
import { smallHive } from '../../support/dashboard-answers.ts';

const ROUTES = [
  '/',
  '/agents/alice',
  '/threads',
  '/threads/1',
  '/messages',
  '/messages/1',
  '/events?view=/',
  '/palette',
];
const PLAIN_ROUTES = [...ROUTES, '/sign-in', '/auth/callback?code=x', '/assets/x/style.css', '/nothing'];

test('S1: a foreign Host gets 403 on every route before anything is asked of the daemon', async () => {
  await using dashboard = await startDashboard(smallHive());
  const { port } = dashboard;
  const hosts = [
    'evil.com',
    `evil.com:${port}`,
    `127.0.0.1.nip.io:${port}`,
    `127.0.0.1:${port}`,
    '0.0.0.0',
    'localhost',
    '',
  ];
  for (const path of PLAIN_ROUTES) {
    for (const host of hosts) {
      const { status, headers } = await dashboard.ask(path, { headers: { host, cookie: COOKIE } });
      assert.equal(status, 403, `${path} with Host ${host}`);
      assert.equal(headers['set-cookie'], undefined);
    }
  }
  assert.deepEqual([dashboard.calls, dashboard.follows], [[], []]);
});

test('S1: no Host, or two of them, is refused', async () => {
  await using dashboard = await startDashboard(smallHive());
  const raw = async (lines: string): Promise<string> => {
    const socket = connect(dashboard.port, '127.0.0.1');
    socket.end(`GET / HTTP/1.1\r\n${lines}Cookie: ${COOKIE}\r\nConnection: close\r\n\r\n`);
    return (await text(socket)).split('\r\n')[0] ?? '';
  };
  const own = `Host: localhost:${dashboard.port}\r\n`;
  assert.match(await raw(''), /^HTTP\/1\.1 40[03] /);
  assert.match(await raw(`${own}Host: evil.com\r\n`), /^HTTP\/1\.1 403 /);
  assert.match(await raw(`Host: evil.com\r\n${own}`), /^HTTP\/1\.1 403 /);
  assert.match(await raw(own), /^HTTP\/1\.1 200 /);
});

test('S3: a POST that another page caused gets 403 and changes nothing', async () => {
  await using dashboard = await startDashboard(smallHive());
  const own = `http://localhost:${dashboard.port}`;
  const refused: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin', origin: 'http://evil.com' },
    { origin: 'null' },
    { origin: 'http://evil.com' },
    { origin: `http://127.0.0.1:${dashboard.port}` },
  ];
  const paths = [
    '/messages',
    '/threads/1/answer',
    '/agents/alice/pause',
    '/inbox/read',
    '/dead/retry',
    '/dead/dismiss',
    '/sign-out',
    '/sign-in',
  ];
  const type = { 'content-type': 'application/x-www-form-urlencoded', cookie: COOKIE };
  for (const path of paths) {
    for (const headers of refused) {
      const answer = await dashboard.ask(path, {
        method: 'POST',
        headers: { ...type, ...headers },
        body: 'to=alice&body=x&text=x',
      });
      assert.equal(answer.status, 403, `${path} with ${JSON.stringify(headers)}`);
    }
  }
  assert.deepEqual(dashboard.calls, []);
  const good = { ...type, origin: own };
  const answer = await dashboard.ask('/messages', { method: 'POST', headers: good, body: 'to=alice&body=x' });
  assert.equal(answer.status, 303);
});

test('S3: a form sent as text/plain is no form', async () => {
  await using dashboard = await startDashboard(smallHive());
  const headers = { 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin', cookie: COOKIE };
  const answer = await dashboard.ask('/messages', { method: 'POST', headers, body: 'to=alice&body=x' });
  assert.equal(answer.status, 400);
  assert.deepEqual(dashboard.calls, []);
});

test('S4: an upgrade is refused, whoever asks', async () => {
  await using dashboard = await startDashboard(smallHive());
  const socket = connect(dashboard.port, '127.0.0.1');
  socket.write(
    `GET /events?view=/ HTTP/1.1\r\nHost: localhost:${dashboard.port}\r\nCookie: ${COOKIE}\r\n` +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n',
  );
  assert.match(await text(socket), /^HTTP\/1\.1 403 /);
});

test('every answer forbids scripts from elsewhere, frames and caching by others', async () => {
  await using dashboard = await startDashboard(smallHive());
  for (const path of PLAIN_ROUTES.filter((route) => !route.startsWith('/events'))) {
    const { headers } = await dashboard.ask(path, { headers: { cookie: COOKIE } });
    const policy = String(headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(rule), `${path}: ${policy}`);
    assert.ok(!policy.includes('unsafe'), policy);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['x-powered-by'], undefined);
  }
});

test('reading changes nothing: no GET calls a method that does', async () => {
  await using dashboard = await startDashboard(smallHive());
  for (const path of ROUTES.filter((route) => !route.startsWith('/events')))
    await dashboard.ask(path, { headers: { cookie: COOKIE } });
  const reading = new Set(['overview', 'inbox', 'agent_show', 'threads_list', 'thread_show', 'messages']);
  assert.deepEqual(
    dashboard.calls.filter(({ cmd }) => !reading.has(cmd)),
    [],
  );
  for (const { cmd, input } of dashboard.calls) if (cmd === 'inbox') assert.deepEqual(input, { peek: true });
});
