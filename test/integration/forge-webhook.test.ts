import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask } from '../support/http.ts';
import { startTestForge } from '../support/forge.ts';
import type { TestForge } from '../support/forge.ts';
import { waitUntil } from '../support/wait.ts';

let t: TestForge;
before(async () => {
  t = await startTestForge();
  for (const name of ['alice', 'bob', 'mallory']) await t.addAgent(name);
});
after(() => t[Symbol.asyncDispose]());

/** alice's repository with a branch beside main. */
async function push(): Promise<string> {
  const dir = await t.folder('site');
  await t.git('alice', dir, 'init', '--quiet');
  const commit = async (name: string): Promise<void> => {
    await writeFile(join(dir, name), `${name}\n`);
    await t.git('alice', dir, 'add', '.');
    await t.git('alice', dir, 'commit', '--quiet', '-m', `Add ${name}`);
  };
  await commit('README.md');
  await t.git('alice', dir, 'push', '--quiet', 'FORGE/alice/site.git', 'main');
  await t.git('alice', dir, 'switch', '--quiet', '-c', 'feature');
  await commit('feature.md');
  await t.git('alice', dir, 'push', '--quiet', 'FORGE/alice/site.git', 'feature');
  return dir;
}

/** Waits for the next message to `agent` after `count` of them. */
async function message(agent: string, count: number): Promise<string> {
  const texts = (): string[] => t.told('concerns').flatMap(([to, text]) => (to === agent ? [String(text)] : []));
  return waitUntil(`message ${count + 1} to ${agent}`, () => texts()[count]);
}

test('the life of a pull request reaches those it concerns, each time as one message, and nobody hears of what they did themselves', async () => {
  const dir = await push();
  await waitUntil('both pushes', () => t.told('pushed').length === 2);
  const [agent, repository, ref, commit, url] = t.told('pushed')[1]!;
  assert.deepEqual(
    [agent, repository, ref, url],
    ['alice', 'alice/site', 'feature', `${t.forge.url()}/alice/site/commit/${String(commit)}`],
  );
  await t.forge.share('alice', 'site', 'bob', 'write');
  const pull = { title: 'Add the feature', head: 'feature', base: 'main', body: 'Please.' };
  assert.equal((await t.api('alice', 'POST', '/repos/alice/site/pulls', pull)).status, 201);
  await t.api('alice', 'POST', '/repos/alice/site/pulls/1/requested_reviewers', { reviewers: ['bob'] });
  assert.match(
    await message('bob', 0),
    /^alice asks for your review of pull request alice\/site#1 "Add the feature"\nhttp/,
  );
  const review = { event: 'REQUEST_CHANGES', body: 'Name it better.' };
  await t.api('bob', 'POST', '/repos/alice/site/pulls/1/reviews', review);
  await t.api('bob', 'POST', '/repos/alice/site/issues/1/comments', { body: 'And a test, please.' });
  const heard = await message('alice', 0);
  assert.match(heard, /bob requested changes on pull request alice\/site#1 "Add the feature":\n> Name it better\./);
  assert.match(heard, /bob commented on pull request alice\/site#1 [^]*> And a test, please\./);
  await writeFile(join(dir, 'test.md'), 'test\n');
  await t.git('alice', dir, 'add', '.');
  await t.git('alice', dir, 'commit', '--quiet', '-m', 'Add a test');
  await t.git('alice', dir, 'push', '--quiet', 'FORGE/alice/site.git', 'feature');
  assert.match(await message('bob', 1), /alice pushed new commits to pull request alice\/site#1/);
  await t.api('bob', 'POST', '/repos/alice/site/pulls/1/reviews', { event: 'APPROVED', body: '' });
  assert.match(await message('alice', 1), /^bob approved pull request alice\/site#1/);
  await waitUntil(
    'the merge',
    async () => (await t.api('alice', 'POST', '/repos/alice/site/pulls/1/merge', { Do: 'merge' })).status === 200,
  );
  assert.match(await message('bob', 2), /alice merged pull request alice\/site#1/);
  const acts = t.told('acted').map(([who, kind]) => `${String(who)} ${String(kind)}`);
  assert.deepEqual(acts, ['alice pull_request', 'bob review', 'bob comment', 'bob review', 'alice merge']);
  assert.equal(t.told('concerns').filter(([to]) => to === 'mallory').length, 0);
});

test('a mention reaches the agent that is named, a failed check the author of the pull request', async () => {
  const known = t.told('concerns').length;
  await t.api('alice', 'POST', '/repos/alice/site/issues', {
    title: 'Look',
    body: 'Could @bob look? mail@mallory.example is no mention.',
  });
  await waitUntil('the mention', () => t.told('concerns').length > known);
  assert.equal(t.told('concerns').at(-1)![0], 'bob');
  const dir = await t.folder('site');
  await t.git('alice', dir, 'switch', '--quiet', '-c', 'second');
  await writeFile(join(dir, 'second.md'), 'second\n');
  await t.git('alice', dir, 'add', '.');
  await t.git('alice', dir, 'commit', '--quiet', '-m', 'Second');
  await t.git('alice', dir, 'push', '--quiet', 'FORGE/alice/site.git', 'second');
  const { data: pull } = await t.api('alice', 'POST', '/repos/alice/site/pulls', {
    title: 'Second',
    head: 'second',
    base: 'main',
  });
  const status = { state: 'failure', context: 'tests', description: '2 failed' };
  await t.api('operator', 'POST', `/repos/alice/site/statuses/${pull.head.sha}`, status);
  const text = await waitUntil('the check', () =>
    t
      .told('concerns')
      .map(String)
      .find((one) => one.includes('check tests')),
  );
  assert.match(text, /^alice,the check tests of "Second" in alice\/site says failure:\n> 2 failed/);
});

test("mallory finds the daemon's receiver and sends what it likes: nothing of it is taken", async () => {
  const ini = await readFile(join(t.config.home, 'forge/conf/app.ini'), 'utf8');
  const proxy = /PROXY_URL = (\S+)/.exec(ini)![1]!;
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    after: 'f'.repeat(40),
    repository: { full_name: 'hive/agents', html_url: 'x' },
    sender: { id: 1, login: 'hive-root' },
  });
  const sign = (secret: string): string => createHmac('sha256', secret).update(body).digest('hex');
  const headers = (change: Record<string, string>): Record<string, string> => ({
    'x-gitea-delivery': crypto.randomUUID(),
    'x-gitea-event': 'push',
    'x-gitea-hook-installation-target-type': 'system',
    'x-gitea-signature': sign(t.secrets.hookSecret),
    ...change,
  });
  const send = (url: string, change: Record<string, string> = {}) =>
    ask(proxy, url, { method: 'POST', headers: headers(change), body });
  const known = t.told('agentsChanged').length;
  const right = 'http://hive-hook.invalid/hook';
  assert.equal((await send('/hook')).status, 403, 'not in the form of a proxy request');
  assert.equal((await send('http://127.0.0.1:7001/hook')).status, 403, 'another address');
  assert.equal((await send(right, { 'x-gitea-signature': sign('guess') })).status, 403, 'a wrong signature');
  assert.equal((await send(right, { 'x-gitea-signature': '' })).status, 403, 'no signature');
  assert.equal(
    (await send(right, { 'x-gitea-hook-installation-target-type': 'repository' })).status,
    403,
    "a repository's hook",
  );
  assert.equal(t.told('agentsChanged').length, known);
  const once = { 'x-gitea-delivery': 'the-same' };
  assert.equal((await send(right, once)).status, 204);
  await waitUntil('the right one', () => t.told('agentsChanged').length === known + 1);
  assert.equal((await send(right, once)).status, 204);
  assert.equal((await send(right)).status, 204);
  await waitUntil('another', () => t.told('agentsChanged').length === known + 2);
});

test('a push whose hook went missing is noticed at the next start', async () => {
  const [hook] = (await t.api('hive-root', 'GET', '/admin/hooks')).data;
  await t.api('hive-root', 'PATCH', `/admin/hooks/${hook.id}`, { active: false });
  const commit = await t.forge.commitAgent('alice', { 'agent.yaml': 'role: x\n' }, 'Add alice');
  t.calls.length = 0;
  await t.restart();
  assert.deepEqual(t.told('agentsChanged'), [[commit]]);
  t.calls.length = 0;
  await t.restart();
  assert.deepEqual(t.told('agentsChanged'), []);
});
