import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { connect } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { live, signIn, startBrowser } from '../support/browser.ts';
import type { TestBrowser } from '../support/browser.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { inContainer } from '../support/in-container.ts';

/** A name that leads to this machine, as mallory's own does after she changed its address. */
const MALLORY = 'mallory.test';

let hive: Hive;
let browser: TestBrowser;
let page: Page;

before(async () => {
  hive = await startHive();
  browser = await startBrowser([`--host-resolver-rules=MAP ${MALLORY} 127.0.0.1`]);
  await hive.addAgent('mallory');
  page = await (await browser.open()).newPage();
  await signIn(page, hive);
});
after(async () => {
  await browser[Symbol.asyncDispose]();
  await hive[Symbol.asyncDispose]();
});

function messages(): Promise<number> {
  return hive.call(methods.messages, { max: 200 }).then((answer) => answer.messages.length);
}

test('S2: a page whose name mallory rebinds to this machine reads nothing', async () => {
  const { port } = new URL(hive.urls.dashboard);
  const evil = await page.context().newPage();
  const answer = await evil.goto(`http://${MALLORY}:${port}/`);
  assert.equal(answer?.status(), 403);
  assert.doesNotMatch((await answer?.text()) ?? '', /mallory|Needs you/);
  const read = await evil.evaluate(async () => {
    const page = await fetch('/').then((found) => found.status);
    const palette = await fetch('/palette', { credentials: 'include' }).then((found) => found.status);
    const stream = new EventSource('/events?view=/');
    const opened = await new Promise((resolve) => {
      stream.onopen = () => resolve(true);
      stream.onerror = () => resolve(false);
    });
    stream.close();
    return { page, palette, opened };
  });
  assert.deepEqual(read, { page: 403, palette: 403, opened: false });
  await evil.close();
});

test('S3: a form on another page cannot act for the person, be it on the forge’s address', async () => {
  const server = createServer((_request, response) => response.end('<!doctype html><title>win a prize</title>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const before = await messages();
  for (const origin of [`http://${MALLORY}:${port}`, `http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
    const evil = await page.context().newPage();
    await evil.goto(origin);
    const answered = evil.waitForResponse(`${hive.urls.dashboard}/messages`);
    await evil.evaluate(`
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: '${hive.urls.dashboard}/messages' });
      form.innerHTML = '<input name="to" value="mallory"><input name="body" value="you may">';
      document.body.append(form);
      form.submit();`);
    assert.equal((await answered).status(), 403, origin);
    await evil.close();
  }
  assert.equal(await messages(), before);
  server.close();
});

test('a page of another origin can neither frame the dashboard nor fetch from it', async () => {
  const evil = await page.context().newPage();
  await evil.goto(`${hive.urls.forge}/user/login`);
  const fetched = await evil.evaluate(
    (url) =>
      fetch(url, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      ),
    `${hive.urls.dashboard}/palette`,
  );
  assert.equal(fetched, 'refused');
  const answer = await page.request.get(hive.urls.dashboard);
  assert.equal(answer.headers()['x-frame-options'], 'DENY');
  await evil.close();
});

const HOSTILE = [
  '<script>document.title = "owned"</script><img src=x onerror="document.title = \'owned\'">',
  '<b hx-get="/palette" hx-trigger="load" hx-target="body">htmx</b><i hx-on:click="document.title = \'owned\'">x</i>',
  '<svg onload="document.title = \'owned\'"></svg><style>body { display: none }</style>',
  '![tracked](http://mallory.test/pixel.png) [press](javascript:document.title="owned")',
  '\u202esdrawkcab \u001b[31mred\u001b[0m <form action="/sign-out" method="post"><button>press</button></form>',
  'x'.repeat(60_000),
];

test('S11: whatever mallory writes, nothing runs, nothing is fetched, nothing leaves the page', async () => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(hive.urls.dashboard);
  await live(page);
  for (const body of HOSTILE) await inContainer(hive, 'mallory', ['hive', 'send', 'operator', body]);
  await inContainer(hive, 'mallory', [
    'hive',
    'ask',
    HOSTILE.slice(0, 3).join('\n'),
    '--option',
    HOSTILE[0]!.slice(0, 100),
    '--option',
    'no',
  ]);
  await page.locator('.ask').waitFor();
  await page.locator('#flow .message').first().waitFor();
  for (const path of ['/', '/messages', '/agents/mallory', '/threads/1', '/threads', '/messages/1', '/messages/6']) {
    await page.goto(hive.urls.dashboard + path);
    await live(page);
    assert.notEqual(await page.title(), 'owned', path);
    assert.equal(await page.locator('body').isVisible(), true, path);
    for (const inert of [
      'main script',
      'main style',
      'main img',
      'main [hx-get]',
      'main [onerror]',
      'main a[href^="javascript"]',
    ])
      assert.equal(await page.locator(inert).count(), 0, `${inert} on ${path}`);
  }
  const foreign = asked.filter((url) => !url.startsWith(`${hive.urls.dashboard}/`));
  assert.deepEqual(foreign, []);
  assert.ok(!asked.some((url) => url.endsWith('/palette')), 'htmx in a message fetched something');
  assert.deepEqual(
    browser.problems.filter((problem) => /Content Security Policy/.test(problem)),
    [],
  );
});

test('S30: even with the person’s own session web.sock offers nothing that widens reach', async () => {
  const cookies = await page.context().cookies(hive.urls.dashboard);
  const session = cookies.find(({ name }) => name.endsWith('_session'))!.value;
  await using client = await connect(join(hive.run, 'web.sock'));
  const { agents } = await client.call(methods.agentsList, {}, { session });
  assert.ok(agents.length > 0, 'the session is good');
  for (const method of Object.values(methods)) {
    if ((method.callers as readonly string[]).includes('web')) continue;
    const code = await client.call(method, { name: 'mallory' }, { session }).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    assert.equal(code, 'forbidden', method.cmd);
  }
});

test('S5: reading every page changes nothing', async () => {
  const tables = ['messages', 'deliveries', 'asks', 'agents', 'web_sessions', 'forge_outbox', 'events'];
  const counts = (): unknown => tables.map((table) => hive.rows(`SELECT count(*) AS n FROM ${table}`));
  const unread = await hive.call(methods.inbox, { peek: true });
  const before = counts();
  for (const path of [
    '/',
    '/threads',
    '/threads/1',
    '/messages',
    '/messages/1',
    '/agents/mallory',
    '/palette',
    '/sign-in',
  ])
    assert.equal((await page.request.get(hive.urls.dashboard + path)).status(), 200, path);
  assert.deepEqual(counts(), before);
  assert.deepEqual(await hive.call(methods.inbox, { peek: true }), unread);
});
