import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { startEdge } from '../support/edge.ts';
import { startTestForge } from '../support/forge.ts';
import { ask } from '../support/http.ts';
import { waitUntil } from '../support/wait.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

const owned = new AsyncDisposableStack();
let alice: string;
let mallory: string;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-git-'));
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const { forge } = owned.use(await startTestForge());
  await Promise.all(['alice', 'mallory'].map((name) => forge.ensureAgent(name)));
  const hooks = {
    forgeUrl: () => forge.url(),
    forgeCredential: (agent: string, fresh?: boolean) => forge.credential(agent, fresh),
  };
  const edge = owned.use(startEdge({ hooks }));
  alice = await edge.open('alice', 'forge');
  mallory = await edge.open('mallory', 'forge');
});

after(() => owned.disposeAsync());

/** The real git, without any credential or configuration of the machine. */
async function git(cwd: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = { HOME: folder, PATH: process.env.PATH ?? '', GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' };
  const identity = ['-c', 'user.name=agent', '-c', 'user.email=agent@example.org', '-c', 'init.defaultBranch=main'];
  const result = await execa('git', [...identity, ...args], { cwd, env, extendEnv: false, all: true, reject: false });
  return { code: result.exitCode ?? -1, output: result.all };
}

/** A new repository with one commit of `bytes` random bytes. */
async function repository(name: string, bytes = 10): Promise<string> {
  const dir = join(folder, name);
  await git(folder, 'init', '-q', dir);
  await writeFile(join(dir, 'data'), randomBytes(bytes));
  await git(dir, 'add', '.');
  await git(dir, 'commit', '-qm', 'First');
  return dir;
}

test('pushing to a new name creates the repository; 30 MB pass both ways; nobody else can clone it', async () => {
  const dir = await repository('app', 30 * 1024 * 1024);
  const pushed = await git(dir, 'push', `${alice}/alice/app.git`, 'HEAD:main');
  assert.equal(pushed.code, 0, pushed.output);
  const cloned = await git(folder, 'clone', '-q', `${alice}/alice/app.git`, 'copy');
  assert.equal(cloned.code, 0, cloned.output);
  const [mine, theirs] = await Promise.all([
    git(dir, 'rev-parse', 'HEAD'),
    git(join(folder, 'copy'), 'rev-parse', 'HEAD'),
  ]);
  assert.equal(mine.output, theirs.output);
  const shallow = await git(folder, 'clone', '-q', '--depth', '1', `${alice}/alice/app`, 'shallow');
  assert.equal(shallow.code, 0, shallow.output);
  const stolen = await git(folder, 'clone', '-q', `${mallory}/alice/app.git`, 'stolen');
  assert.notEqual(stolen.code, 0);
  assert.match(stolen.output, /not found/i);
  const foreign = await git(dir, 'push', `${mallory}/alice/mine.git`, 'HEAD:main');
  assert.notEqual(foreign.code, 0);
});

test('git prints why a push to a read-only repository is refused', async () => {
  const dir = await repository('docs');
  const { code, output } = await git(dir, 'push', `${mallory}/org-shared/docs.git`, 'HEAD:refs/heads/mine');
  assert.notEqual(code, 0);
  assert.match(output, /permission denied|not allowed/i);
});

test('S26: pull requests by push and push options are refused, and git prints the reason', async () => {
  const dir = await repository('tricks');
  assert.equal((await git(dir, 'push', `${mallory}/mallory/tricks.git`, 'HEAD:main')).code, 0);
  await git(dir, 'commit', '-q', '--allow-empty', '-m', 'More');
  const agit = await git(dir, 'push', `${mallory}/mallory/tricks.git`, 'HEAD:refs/for/main/topic');
  assert.notEqual(agit.code, 0);
  assert.match(agit.output, /remote: only branches and tags are offered, not refs\/for\/main\/topic/);
  assert.match(agit.output, /\[remote rejected\].*refused by the hive/);
  const options = await git(dir, 'push', '-o', 'repo.private=false', `${mallory}/mallory/tricks.git`, 'HEAD:main');
  assert.notEqual(options.code, 0);
  assert.match(options.output, /remote: push options are not offered/);
  const main = await git(dir, 'ls-remote', `${mallory}/mallory/tricks.git`, 'refs/heads/main');
  const first = await git(dir, 'rev-parse', 'HEAD~1');
  assert.ok(main.output.startsWith(first.output));
});

test('the work of a day passes by the API: branch, file, pull request, review, comment, merge, raw, archive', async () => {
  const dir = await repository('day');
  await git(dir, 'push', `${alice}/alice/day.git`, 'HEAD:main');
  const repo = '/api/v1/repos/alice/day';
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const sent = body === undefined ? {} : { headers: JSON_TYPE, body: JSON.stringify(body) };
    const { status, text } = await ask(alice, repo + path, { method, ...sent });
    assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  await call('POST', '/branches', { new_branch_name: 'feature/one', old_branch_name: 'main' });
  const content = Buffer.from('hello\n').toString('base64');
  await call('POST', '/contents/notes/hello%20you.md', { branch: 'feature/one', content, message: 'Say hello' });
  const pull = (await call('POST', '/pulls', { head: 'feature/one', base: 'main', title: 'Hello' })) as {
    number: number;
  };
  await call('POST', `/issues/${pull.number}/comments`, { body: 'Look at it' });
  await call('POST', `/pulls/${pull.number}/reviews`, { event: 'COMMENT', body: 'Fine' });
  await call('PATCH', `/pulls/${pull.number}`, { title: 'Say hello' });
  await waitUntil(
    'mergeable',
    async () => ((await call('GET', `/pulls/${pull.number}`)) as { mergeable: boolean }).mergeable,
  );
  const merged = await waitUntil('merged', async () => {
    const body = JSON.stringify({ Do: 'merge' });
    return (
      (await ask(alice, `${repo}/pulls/${pull.number}/merge`, { method: 'POST', headers: JSON_TYPE, body })).status ===
      200
    );
  });
  assert.ok(merged);
  for (const path of ['/alice/day/raw/branch/main/notes/hello%20you.md', `${repo}/raw/notes/hello%20you.md`]) {
    const raw = await ask(alice, path);
    assert.equal(raw.text, 'hello\n', path);
    assert.equal((await ask(mallory, path)).status, 404, path);
  }
  assert.equal((await ask(alice, '/alice/day/archive/main.tar.gz')).status, 200);
  assert.equal((await ask(alice, `${repo}/archive/main.zip`)).status, 200);
});

test('S23: an agent cannot act as another one or as an administrator through the edge', async () => {
  const bare = { authorization: 'Basic aGl2ZS1yb290OngK', 'x-webauth-user': 'hive-root', sudo: 'hive-root' };
  const user = await ask(mallory, '/api/v1/repos/alice/app', { headers: bare });
  assert.equal(user.status, 404);
  const mine = await ask(mallory, '/api/v1/repos/search?limit=50', { headers: bare });
  const { data } = JSON.parse(mine.text) as { data: { full_name: string }[] };
  assert.ok(!data.some(({ full_name }) => full_name.startsWith('alice/')));
});
