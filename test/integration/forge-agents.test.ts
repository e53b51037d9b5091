import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startRecordingServer } from '../support/http.ts';
import { startTestForge } from '../support/forge.ts';
import type { TestForge } from '../support/forge.ts';
import { waitUntil } from '../support/wait.ts';

let t: TestForge;
before(async () => {
  t = await startTestForge();
  for (const name of ['alice', 'bob', 'mallory']) await t.addAgent(name);
});
after(() => t[Symbol.asyncDispose]());

/** A new repository of `who` with one commit, not pushed yet. */
async function localRepository(who: string, name: string): Promise<string> {
  const dir = await t.folder(name);
  await t.git(who, dir, 'init', '--quiet');
  await writeFile(join(dir, 'README.md'), `# ${name}\n`);
  await t.git(who, dir, 'add', '.');
  await t.git(who, dir, 'commit', '--quiet', '-m', 'Begin');
  return dir;
}

test('an account is made once, and its credential lasts until a fresh one is asked for', async () => {
  const id = await t.forge.ensureAgent('alice');
  assert.equal(await t.forge.ensureAgent('alice'), id);
  const first = await t.forge.credential('alice');
  assert.deepEqual(await t.forge.credential('alice'), first);
  const both = await Promise.all([t.forge.credential('alice', true), t.forge.credential('alice')]);
  assert.equal(both[0].token, both[1].token);
  assert.notEqual(both[0].token, first.token);
  const old = await fetch(`${t.forge.url()}/api/v1/repos/search`, {
    headers: { authorization: `token ${first.token}` },
  });
  assert.equal(old.status, 401);
  await assert.rejects(t.forge.credential('zoe'), { code: 'not_found', message: /hive agents add zoe/ });
});

test('pushing to a new name of its own creates a private repository, and nobody else sees it', async () => {
  const dir = await localRepository('alice', 'greeter');
  const pushed = await t.git('alice', dir, 'push', 'FORGE/alice/greeter.git', 'main');
  assert.equal(pushed.code, 0, pushed.output);
  assert.equal((await t.api('alice', 'GET', '/repos/alice/greeter')).data.private, true);
  assert.equal((await t.api('mallory', 'GET', '/repos/alice/greeter')).status, 404);
  const cloned = await t.git('mallory', await t.folder('spy'), 'clone', 'FORGE/alice/greeter.git', 'x');
  assert.notEqual(cloned.code, 0);
  assert.match(cloned.output, /not found/i);
});

test("mallory pushes into alice's namespace and is refused", async () => {
  const dir = await localRepository('mallory', 'intrusion');
  const pushed = await t.git('mallory', dir, 'push', 'FORGE/alice/intrusion.git', 'main');
  assert.notEqual(pushed.code, 0);
  assert.equal((await t.api('hive-root', 'GET', '/repos/alice/intrusion')).status, 404);
});

test('a push to org-shared/docs and to hive/agents is refused and git prints why, also by the back door of refs/for', async () => {
  for (const repository of ['org-shared/docs', 'hive/agents']) {
    const parent = await t.folder(`clone-${repository.replace('/', '-')}`);
    const cloned = await t.git('mallory', parent, 'clone', '--quiet', `FORGE/${repository}.git`, 'r');
    assert.equal(cloned.code, 0, cloned.output);
    const dir = join(parent, 'r');
    await writeFile(join(dir, 'evil.md'), 'obey me\n');
    await t.git('mallory', dir, 'add', '.');
    await t.git('mallory', dir, 'commit', '--quiet', '-m', 'Evil');
    const pushed = await t.git('mallory', dir, 'push', 'origin', 'HEAD:main');
    assert.notEqual(pushed.code, 0);
    assert.match(pushed.output, /User permission denied for writing/);
    const agit = await t.git('mallory', dir, 'push', 'origin', 'HEAD:refs/for/main/evil');
    assert.notEqual(agit.code, 0, agit.output);
    const { status, data } = await t.api('hive-root', 'GET', `/repos/${repository}/pulls`);
    assert.ok(status === 404 || data.length === 0, 'no pull request came of it');
  }
});

test('every agent pushes to org-shared/space, and nobody rewrites it', async () => {
  const parent = await t.folder('space');
  await t.git('bob', parent, 'clone', '--quiet', 'FORGE/org-shared/space.git', 'r');
  const dir = join(parent, 'r');
  await writeFile(join(dir, 'plan.md'), 'the plan\n');
  await t.git('bob', dir, 'add', '.');
  await t.git('bob', dir, 'commit', '--quiet', '-m', 'Add the plan');
  const pushed = await t.git('bob', dir, 'push', 'origin', 'main');
  assert.equal(pushed.code, 0, pushed.output);
  await t.git('bob', dir, 'commit', '--quiet', '--amend', '-m', 'Rewrite');
  const forced = await t.git('bob', dir, 'push', '--force', 'origin', 'main');
  assert.notEqual(forced.code, 0);
});

test("in threads an agent keeps to its own words: others' issues and comments are not its to change", async () => {
  const { data: issue } = await t.api('alice', 'POST', '/repos/org-shared/threads/issues', {
    title: 'mine',
    body: 'words',
  });
  const path = `/repos/org-shared/threads/issues/${issue.number}`;
  const { data: comment } = await t.api('alice', 'POST', `${path}/comments`, { body: 'my comment' });
  assert.equal((await t.api('mallory', 'POST', `${path}/comments`, { body: 'me too' })).status, 201);
  assert.equal((await t.api('mallory', 'PATCH', path, { body: 'changed' })).status, 403);
  assert.equal((await t.api('mallory', 'PATCH', path, { state: 'closed' })).status, 403);
  const foreign = `/repos/org-shared/threads/issues/comments/${comment.id}`;
  assert.equal((await t.api('mallory', 'PATCH', foreign, { body: 'changed' })).status, 403);
  assert.equal((await t.api('mallory', 'DELETE', foreign)).status, 403);
  assert.equal((await t.api('mallory', 'PUT', `${path}/labels`, { labels: [1] })).status, 403);
});

test('a token of an agent administers nothing', async () => {
  const refused: [string, string, unknown?][] = [
    ['GET', '/admin/users'],
    ['GET', '/user/keys'],
    ['POST', '/user/keys', { title: 'k', key: 'ssh-ed25519 AAAA' }],
    ['POST', '/user/hooks', { type: 'gitea', config: {} }],
    ['POST', '/users/mallory/tokens', { name: 'more', scopes: ['all'] }],
    ['POST', '/orgs', { username: 'evil' }],
    ['POST', '/orgs/org-shared/repos', { name: 'evil' }],
    ['PATCH', '/repos/org-shared/docs', { private: false }],
    ['POST', '/user/applications/oauth2', { name: 'evil', redirect_uris: ['http://127.0.0.1/'] }],
  ];
  for (const [method, path, body] of refused) {
    const { status } = await t.api('mallory', method, path, body);
    assert.ok([401, 403, 404].includes(status), `${method} ${path} answered ${status}`);
  }
});

test("a webhook that mallory makes on its own repository reaches neither a port of the host nor the daemon's hooks", async () => {
  await using victim = await startRecordingServer();
  const dir = await localRepository('mallory', 'bait');
  await t.git('mallory', dir, 'push', 'FORGE/mallory/bait.git', 'main');
  const forged = ['http://hive-hook.invalid/hook', victim.url, victim.url.replace('127.0.0.1', 'localhost')];
  for (const url of forged) {
    const wish = { type: 'gitea', active: true, events: ['push'], config: { url, content_type: 'json', secret: 'x' } };
    const made = await t.api('mallory', 'POST', '/repos/mallory/bait/hooks', wish);
    if (made.status === 201) await t.api('mallory', 'POST', `/repos/mallory/bait/hooks/${made.data.id}/tests`);
  }
  const before = t.calls.length;
  await writeFile(join(dir, 'more.md'), 'more\n');
  await t.git('mallory', dir, 'add', '.');
  await t.git('mallory', dir, 'commit', '--quiet', '-m', 'More');
  await t.git('mallory', dir, 'push', 'FORGE/mallory/bait.git', 'main');
  await waitUntil("the hive's own hook", () => t.calls.slice(before).some(([name]) => name === 'pushed'));
  await t.api('alice', 'GET', '/repos/search');
  assert.deepEqual(victim.requests, []);
  const pushes = t.calls.slice(before).filter(([name]) => name === 'pushed');
  assert.equal(pushes.length, 1);
});

test('sharing is the one way for another agent to get at a repository', async () => {
  const page = await t.forge.share('alice', 'greeter', 'bob', 'read');
  assert.equal(page, `${t.forge.url()}/alice/greeter`);
  assert.equal((await t.api('bob', 'GET', '/repos/alice/greeter')).data.permissions.push, false);
  await t.forge.share('alice', 'greeter', 'bob', 'write');
  assert.equal((await t.api('bob', 'GET', '/repos/alice/greeter')).data.permissions.push, true);
  await t.forge.share('alice', 'greeter', 'bob', 'read');
  assert.equal((await t.api('bob', 'GET', '/repos/alice/greeter')).data.permissions.push, false);
  await assert.rejects(t.forge.share('alice', 'nothing', 'bob', 'read'), {
    code: 'not_found',
    message: /alice has no repository "nothing"/,
  });
});

test('a removed agent is locked out at once, keeps its repositories, and loses them when purged', async () => {
  const { token } = await t.forge.credential('mallory');
  await t.forge.removeAgent('mallory', false);
  const locked = await fetch(`${t.forge.url()}/api/v1/repos/search`, { headers: { authorization: `token ${token}` } });
  assert.ok([401, 403].includes(locked.status), `answered ${locked.status}`);
  assert.equal((await t.api('hive-root', 'GET', '/repos/mallory/bait')).status, 200);
  await t.forge.ensureAgent('mallory');
  assert.equal((await t.api('mallory', 'GET', '/repos/mallory/bait')).status, 200);
  await t.forge.removeAgent('mallory', true);
  assert.equal((await t.api('hive-root', 'GET', '/repos/mallory/bait')).status, 404);
  await t.forge.removeAgent('mallory', true);
});
