import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestForge } from '../support/forge.ts';
import type { TestForge } from '../support/forge.ts';

let t: TestForge;
before(async () => {
  t = await startTestForge();
});
after(() => t[Symbol.asyncDispose]());

/** A browser without scripts on the forge's pages: follows no redirect, keeps cookies. */
function browser(): (url: string, form?: Record<string, string>) => Promise<Response> {
  const cookies = new Map<string, string>();
  return async (url, form) => {
    const answer = await fetch(new URL(url, t.forge.url()), {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), origin: t.forge.url() },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    return answer;
  };
}

async function signedIn(username: string, password: string): Promise<ReturnType<typeof browser>> {
  const visit = browser();
  const answer = await visit('/user/login', { user_name: username, password });
  assert.equal(answer.status, 303, 'the forge takes the password');
  return visit;
}

/** What the dashboard gets back: the query of its callback address. */
async function authorize(visit: ReturnType<typeof browser>, url: string): Promise<string> {
  const answer = await visit(url);
  const location = answer.headers.get('location') ?? '';
  assert.ok(
    location.startsWith(`http://localhost:${t.config.port}/auth/callback?`),
    `no consent page: ${answer.status} ${location}`,
  );
  return new URL(location).search;
}

test('the operator signs in with the first password, is asked for no consent, and comes back to where they were', async () => {
  const { url, flow } = await t.forge.signInBegin('/threads/7');
  const query = await authorize(await signedIn('operator', t.secrets.operatorPassword), url);
  const person = await t.forge.signInFinish(flow, query);
  assert.deepEqual(person, { subject: person.subject, name: 'operator', returnTo: '/threads/7' });
  assert.match(person.subject, /^\d+$/);
  await assert.rejects(t.forge.signInFinish(flow, query), { code: 'forbidden' }, 'a flow counts once');
});

test('consent and sign-in outlive a restart and a changed password', async () => {
  const change = {
    source_id: 0,
    login_name: 'operator',
    password: 'changed-by-the-person-1',
    must_change_password: false,
  };
  await t.api('hive-root', 'PATCH', '/admin/users/operator', change);
  await t.restart();
  const { url, flow } = await t.forge.signInBegin('/');
  const query = await authorize(await signedIn('operator', 'changed-by-the-person-1'), url);
  assert.equal((await t.forge.signInFinish(flow, query)).name, 'operator');
});

test('an agent that got hold of its own password signs in to the forge, and is no operator', async () => {
  await t.forge.ensureAgent('mallory');
  const change = { source_id: 0, login_name: 'mallory', password: 'mallory-knows-this-1', must_change_password: false };
  await t.api('hive-root', 'PATCH', '/admin/users/mallory', change);
  const { url, flow } = await t.forge.signInBegin('/');
  const visit = await signedIn('mallory', 'mallory-knows-this-1');
  const page = await (await visit(url)).text();
  const fields = [...page.matchAll(/<input type="hidden" name="([a-z_]+)" value="([^"]*)"/g)].map(
    ([, name, value]) => [name!, value!] as const,
  );
  const granted = await visit('/login/oauth/grant', { ...Object.fromEntries(fields), granted: 'true' });
  const query = new URL(granted.headers.get('location')!).search;
  await assert.rejects(t.forge.signInFinish(flow, query), { code: 'forbidden', message: /not an operator/ });
});

test("mallory finishes another browser's flow: the state does not fit", async () => {
  const mine = await t.forge.signInBegin('/');
  const theirs = await t.forge.signInBegin('/');
  const query = await authorize(await signedIn('operator', 'changed-by-the-person-1'), theirs.url);
  await assert.rejects(t.forge.signInFinish(mine.flow, query), { code: 'forbidden' });
  await assert.rejects(t.forge.signInFinish('unknown', query), { code: 'forbidden', message: /unknown or older/ });
});

test('with the forge down a sign-in says so', async () => {
  await t.killGitea();
  await assert.rejects(t.forge.signInBegin('/'), { code: 'unavailable' });
  await t.forge.ready(AbortSignal.timeout(60_000));
});

test("the forge's pages carry the hive's link, and its cookie the hive's name", async () => {
  const visit = browser();
  const login = await visit('/user/login', { user_name: 'operator', password: 'changed-by-the-person-1' });
  assert.ok(login.headers.getSetCookie().some((line) => line.startsWith(`hive_forge_${t.config.hiveId}=`)));
  const page = await (await visit('/org-shared/docs')).text();
  assert.match(page, new RegExp(`<a class="item hive-link" href="http://localhost:${t.config.port}/"`));
  assert.match(page, /class="hive-banner"/);
  const style = await visit('/assets/css/hive.css');
  assert.equal(style.status, 200);
});
