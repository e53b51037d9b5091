import assert from 'node:assert/strict';
import { lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestForge } from '../support/forge.ts';
import type { TestForge } from '../support/forge.ts';
import { waitUntil } from '../support/wait.ts';

let t: TestForge;
before(async () => {
  t = await startTestForge();
  await t.addAgent('alice');
});
after(() => t[Symbol.asyncDispose]());

test("hive/agents is read as git objects: links and submodules are named, and an agent's folder is committed whole", async () => {
  const empty = await t.forge.readAgents();
  assert.deepEqual(empty.folders, []);
  const commit = await t.forge.commitAgent(
    'alice',
    { 'agent.yaml': 'runtime: command\n', 'prompt.md': 'Be kind.\n' },
    'Add alice',
  );
  const read = await t.forge.readAgents();
  assert.equal(read.commit, commit);
  assert.deepEqual(read.folders, [{ name: 'alice', yaml: 'runtime: command\n', prompt: 'Be kind.\n' }]);
  assert.equal(
    await t.forge.commitAgent('alice', { 'agent.yaml': 'runtime: command\n', 'prompt.md': 'Be kind.\n' }, 'Again'),
    commit,
  );
  const [head] = (await t.api('hive-root', 'GET', '/repos/hive/agents/commits?limit=1')).data;
  assert.deepEqual([head.sha, head.author.login, head.commit.message], [commit, 'operator', 'Add alice\n']);
  const parent = await t.folder('agents');
  await t.git('operator', parent, 'clone', '--quiet', 'FORGE/hive/agents.git', 'r');
  const dir = join(parent, 'r');
  await symlink('/etc/passwd', join(dir, 'evil'));
  await t.git('operator', dir, 'update-index', '--add', '--cacheinfo', `160000,${commit},module`);
  await t.git('operator', dir, 'rm', '--quiet', 'alice/prompt.md');
  await symlink('../README.md', join(dir, 'alice', 'prompt.md'));
  await t.git('operator', dir, 'add', 'evil', 'alice');
  await t.git('operator', dir, 'commit', '--quiet', '-m', 'Link');
  const pushed = await t.git('operator', dir, 'push', 'origin', 'main');
  assert.equal(pushed.code, 0, pushed.output);
  const problems = (await t.forge.readAgents()).folders.map(({ name, problem }) => [name, problem]);
  assert.deepEqual(problems, [
    ['alice', 'alice/prompt.md is a link: put the text itself there'],
    ['evil', 'evil is a link, not a folder: replace it by a folder with its own files'],
    ['module', 'module is a link, not a folder: replace it by a folder with its own files'],
  ]);
  for (const name of ['alice', 'evil', 'module']) await t.forge.commitAgent(name, null, `Remove ${name}`);
  assert.deepEqual((await t.forge.readAgents()).folders, []);
  await assert.rejects(t.forge.commitAgent('../evil', {}, 'Escape'), { code: 'invalid' });
});

test('docs are checked out in place without links, follow a push, and stay while the forge is down', async () => {
  const docs = join(await t.folder('docs-checkout'), 'docs');
  const first = await t.forge.syncDocs(docs);
  assert.match(await readFile(join(docs, 'skills/pull-requests/SKILL.md'), 'utf8'), /^---\nname: pull-requests\n/);
  const { ino } = await lstat(docs);
  const parent = await t.folder('docs');
  await t.git('operator', parent, 'clone', '--quiet', 'FORGE/org-shared/docs.git', 'r');
  const dir = join(parent, 'r');
  await writeFile(join(dir, 'README.md'), 'new words\n');
  await symlink('/etc', join(dir, 'etc'));
  await t.git('operator', dir, 'rm', '--quiet', '-r', 'runbooks');
  await t.git('operator', dir, 'add', '-A');
  await t.git('operator', dir, 'commit', '--quiet', '-m', 'Change');
  await t.git('operator', dir, 'push', 'origin', 'main');
  await waitUntil('the hook', () => t.told('docsChanged').length > 1);
  const second = await t.forge.syncDocs(docs);
  assert.notEqual(second, first);
  assert.deepEqual(t.told('docsChanged').at(-1), [second]);
  assert.deepEqual((await readdir(docs)).toSorted(), ['README.md', 'skills']);
  assert.equal(await readFile(join(docs, 'README.md'), 'utf8'), 'new words\n');
  assert.equal((await lstat(docs)).ino, ino, 'the folder itself stays: it is mounted in containers');
  assert.equal((await lstat(join(docs, 'README.md'))).mode & 0o777, 0o644);
  await t.killGitea();
  assert.equal(await t.forge.syncDocs(docs), second);
  await t.forge.ready(AbortSignal.timeout(60_000));
});
