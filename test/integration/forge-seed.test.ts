import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestForge } from '../support/forge.ts';
import type { TestForge } from '../support/forge.ts';
import { waitUntil } from '../support/wait.ts';

let t: TestForge;
before(async () => {
  t = await startTestForge();
});
after(() => t[Symbol.asyncDispose]());

/** Everything the seed decides, as an administrator sees it. */
async function picture(): Promise<unknown> {
  const get = async (path: string): Promise<any> => (await t.api('hive-root', 'GET', path)).data;
  const organisations = [];
  for (const org of ['hive', 'org-shared']) {
    const teams = [];
    for (const { id, name, units_map } of await get(`/orgs/${org}/teams`)) {
      const repositories = (await get(`/teams/${id}/repos`)).map((one: { name: string }) => one.name);
      teams.push({ name, units_map, repositories });
    }
    const repositories = [];
    for (const { name, private: hidden, has_issues, has_pull_requests } of await get(`/orgs/${org}/repos`)) {
      const labels = (await get(`/repos/${org}/${name}/labels`)).map((one: { name: string }) => one.name);
      const commits = (await get(`/repos/${org}/${name}/commits`)).length;
      const rules = (await get(`/repos/${org}/${name}/branch_protections`)).map(ruleOf);
      repositories.push({ name, hidden, has_issues, has_pull_requests, labels, commits, rules });
    }
    organisations.push({ org, visibility: (await get(`/orgs/${org}`)).visibility, teams, repositories });
  }
  const hooks = (await get('/admin/hooks')).map((one: { config: { url: string }; active: boolean }) => [
    one.config.url,
    one.active,
  ]);
  return { organisations, hooks };
}

function ruleOf(rule: Record<string, unknown>): unknown[] {
  return [
    rule['rule_name'],
    rule['push_whitelist_usernames'],
    rule['merge_whitelist_usernames'],
    rule['enable_force_push'],
  ];
}

test('a second start finds everything there and changes nothing', async () => {
  const first = await picture();
  await t.restart();
  assert.deepEqual(await picture(), first);
});

test('nothing of the forge is open to somebody who is not signed in, and nobody can register', async () => {
  for (const path of ['/', '/explore/repos', '/hive/agents', '/org-shared/docs', '/api/v1/repos/search', '/operator']) {
    const answer = await fetch(`${t.forge.url()}${path}`, { redirect: 'manual' });
    assert.ok([302, 303, 307, 401, 403, 404].includes(answer.status), `${path} answered ${answer.status}`);
  }
  const form = new URLSearchParams({
    user_name: 'eve',
    email: 'eve@hive.invalid',
    password: 'long-enough-1',
    retype: 'long-enough-1',
  });
  const asked = await fetch(`${t.forge.url()}/user/sign_up`, { method: 'POST', body: form, redirect: 'manual' });
  assert.ok(asked.status >= 400, `registering answered ${asked.status}`);
});

test('what drifted is put back at the next start', async () => {
  const right = await picture();
  const teams = (await t.api('hive-root', 'GET', '/orgs/org-shared/teams')).data as { id: number; name: string }[];
  const readers = teams.find((team) => team.name === 'readers')!;
  const wider = { name: 'readers', permission: 'write', units_map: { 'repo.code': 'write', 'repo.pulls': 'write' } };
  await t.api('hive-root', 'PATCH', `/teams/${readers.id}`, wider);
  await t.api('hive-root', 'PUT', `/teams/${readers.id}/repos/org-shared/space`);
  await t.api('hive-root', 'PATCH', '/repos/org-shared/docs', { has_pull_requests: true });
  await t.api('hive-root', 'DELETE', '/repos/hive/agents/branch_protections/main');
  await t.api('hive-root', 'PATCH', '/orgs/hive', { visibility: 'public' });
  const [label] = (await t.api('hive-root', 'GET', '/repos/org-shared/threads/labels')).data as { id: number }[];
  await t.api('hive-root', 'DELETE', `/repos/org-shared/threads/labels/${label!.id}`);
  const [hook] = (await t.api('hive-root', 'GET', '/admin/hooks')).data as { id: number }[];
  await t.api('hive-root', 'PATCH', `/admin/hooks/${hook!.id}`, { active: false });
  await t.api('hive-root', 'PATCH', '/admin/users/operator', { source_id: 0, login_name: 'operator', admin: false });
  assert.notDeepEqual(await picture(), right);
  await t.restart();
  assert.deepEqual(await picture(), right);
  assert.equal((await t.api('hive-root', 'GET', '/users/operator')).data.is_admin, true);
});

test('an organisation in the place of an account is refused with what to do', async () => {
  await t.api('hive-root', 'POST', '/orgs', { username: 'zoe' });
  await assert.rejects(t.forge.ensureAgent('zoe'), /"zoe" is an organisation on the forge: rename it/);
});

test('a Gitea that is killed comes back by itself, and says so', async () => {
  const before = t.forge.state().pid;
  await t.killGitea();
  await assert.rejects(t.forge.ensureAgent('alice'), { code: 'unavailable', retry: true });
  await t.forge.ready(AbortSignal.timeout(60_000));
  assert.notEqual(t.forge.state().pid, before);
  await waitUntil('the events', () => told().slice(-3).join() === 'down,starting,up');
});

/** States of the forge as they were published, or what was said of each. */
function told(what: 'state' | 'detail' = 'state'): string[] {
  const rows = t.database.db.prepare("SELECT body FROM events WHERE type = 'forge.changed' ORDER BY seq").all();
  return (rows as { body: string }[]).map(({ body }) => (JSON.parse(body) as { state: string; detail: string })[what]);
}

test('a lost password of hive-root is set right without ever standing in an argument list', async () => {
  await t.api('hive-root', 'PATCH', '/admin/users/hive-root', {
    source_id: 0,
    login_name: 'hive-root',
    password: 'changed-by-hand-1',
  });
  assert.equal((await t.api('hive-root', 'GET', '/user')).status, 401);
  await t.restart();
  assert.equal((await t.api('hive-root', 'GET', '/user')).status, 200);
});

test('a taken port is named with what to do', async () => {
  await t.forge[Symbol.asyncDispose]();
  const stranger = createServer().listen(t.config.forge_port, '127.0.0.1');
  await once(stranger, 'listening');
  await assert.rejects(t.restart(), /port \d+ is taken: .*--forge-port/);
  stranger.close();
  await once(stranger, 'close');
  await t.restart();
});

test('mallory takes the port while Gitea starts and answers for it: it is told no password, and the forge comes back when the port is free', async () => {
  await t.forge[Symbol.asyncDispose]();
  const log = join(t.config.home, 'logs/forge.log');
  const before = (await stat(log)).size;
  const seen = told().length;
  const restarted = t.restart();
  await waitUntil('Gitea is starting', async () => (await stat(log)).size > before);
  const heard: string[] = [];
  const mallory = createHttpServer((request, response) => {
    heard.push(`${request.url} ${request.headers.authorization ?? 'without a password'}`);
    response.end('{}');
  }).listen(t.config.forge_port, '127.0.0.1');
  await once(mallory, 'listening');
  try {
    await waitUntil('the forge says that the port is taken', () =>
      told('detail')
        .slice(seen)
        .some((detail) => detail.includes(`port ${t.config.forge_port} is taken`)),
    );
    const root = process.getuid?.() === 0;
    if (root) assert.deepEqual([...new Set(heard)], ['/api/healthz without a password']);
  } finally {
    mallory.closeAllConnections();
    mallory.close();
  }
  await restarted;
});

test("Gitea's secrets and database are for its own user, and its log is kept", async () => {
  const modes = async (path: string): Promise<number> => (await stat(join(t.config.home, path))).mode & 0o777;
  for (const name of ['SECRET_KEY', 'INTERNAL_TOKEN', 'JWT_SECRET', 'LFS_JWT_SECRET'])
    assert.equal(await modes(`secrets/forge/${name}`), 0o400, name);
  assert.equal((await modes('secrets/forge')) & 0o077, 0);
  assert.equal((await modes('forge/work/data/gitea.db')) & 0o077, 0);
  assert.ok((await stat(join(t.config.home, 'logs/forge.log'))).isFile());
});

test('disposing leaves no process behind', async () => {
  const { pid } = t.forge.state();
  await t.forge[Symbol.asyncDispose]();
  await waitUntil('the process to be gone', () => !isAlive(pid!));
  await t.restart();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
