import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { makeCheckout, started } from '../support/checkout.ts';
import { waitUntil } from '../support/wait.ts';

const INSTALLING = /installing the locked packages/;
const root = process.getuid?.() === 0;
/** Somebody who owns nothing here. */
const STRANGER = 61_001;

test('starts the command line with its arguments, from any folder, and says nothing itself', async () => {
  await using checkout = await makeCheckout();
  await checkout.install();
  const result = await checkout.start(['send', 'alice', 'two words'], { cwd: '/' });
  assert.equal(result.stderr, '');
  const seen = started(result);
  assert.deepEqual(seen.args, ['send', 'alice', 'two words']);
  assert.equal(seen.cwd, '/');
  assert.equal(seen.cache, checkout.cache);
  assert.equal(seen.compile, join(checkout.cache, 'node-compile'));
  assert.equal(seen.path, join(checkout.root, 'node_modules', '.bin'));
});

test('goes without a cache where no folder can be made', async () => {
  await using checkout = await makeCheckout();
  await checkout.install();
  const seen = started(await checkout.start(['status'], { env: { HIVE_CACHE: '/proc/hive/cache' } }));
  assert.deepEqual([seen.cache, seen.compile], ['/proc/hive/cache', undefined]);
});

test('works through a symlink and in a folder with a space in its name', async () => {
  await using checkout = await makeCheckout('a hive of bees');
  await checkout.install();
  const link = join(checkout.root, '..', 'my hive');
  await symlink(checkout.hive, link);
  const seen = started(await checkout.start(['status'], { program: link, cwd: '/' }));
  assert.deepEqual(seen.args, ['status']);
  assert.equal(seen.path, join(checkout.root, 'node_modules', '.bin'));
});

test('says how it was started, for hints: the path that was typed, or the name alone where PATH leads to it', async () => {
  await using checkout = await makeCheckout();
  await checkout.install();
  const { root } = checkout;
  const top = join(root, '..');
  await symlink(checkout.hive, join(top, 'swarm'));
  const called = async (program: string, ...args: string[]): Promise<string> => {
    const env = { PATH: `${top}:${dirname(process.execPath)}:/usr/bin:/bin` };
    return started(await checkout.start(args, { program, cwd: root, env })).command;
  };
  assert.equal(await called('./hive'), './hive');
  assert.equal(await called(checkout.hive), checkout.hive);
  assert.equal(await called('swarm'), 'swarm');
  assert.equal(await called('bash', 'hive'), checkout.hive);
});

test('two first starts at once install once and both run', async () => {
  await using checkout = await makeCheckout();
  const both = await Promise.all([checkout.start(['one']), checkout.start(['two'])]);
  assert.deepEqual(
    both.map((result) => started(result).args),
    [['one'], ['two']],
  );
  assert.equal(both.filter(({ stderr }) => INSTALLING.test(String(stderr))).length, 1);
  assert.ok((await readdir(join(checkout.root, 'node_modules'))).includes('tiny'));
  assert.deepEqual(
    (await readdir(checkout.root)).filter((name) => name.startsWith('.node_modules')),
    [],
  );
});

test('a changed lock file is installed at the next start, and only then', async () => {
  await using checkout = await makeCheckout();
  assert.match(String((await checkout.start()).stderr), INSTALLING);
  assert.equal((await checkout.start()).stderr, '');
  const lock = join(checkout.root, 'package-lock.json');
  await writeFile(lock, `${await readFile(lock, 'utf8')}\n`);
  assert.match(String((await checkout.start()).stderr), INSTALLING);
  assert.equal((await checkout.start()).stderr, '');
});

test('Ctrl-C during the installation leaves nothing half, and the next start repairs what a kill left', async () => {
  await using checkout = await makeCheckout();
  const tools = join(checkout.root, '..', 'tools');
  const began = join(checkout.root, '..', 'began');
  await mkdir(tools);
  await writeFile(join(tools, 'npm'), `#!/bin/sh\ntouch "${began}"\nexec tail -f /dev/null\n`, { mode: 0o755 });
  const env = { PATH: `${tools}:/usr/bin:/bin`, HIVE_CACHE: checkout.cache };
  const first = execa(checkout.hive, [], { env, extendEnv: false, detached: true, reject: false, stdin: 'ignore' });
  await waitUntil('npm to run', () => stat(began).catch(() => null));
  process.kill(-(first.pid as number), 'SIGINT');
  assert.equal((await first).exitCode, 130);
  assert.deepEqual(
    (await readdir(checkout.root)).filter((name) => name.includes('node_modules')),
    [],
  );

  await mkdir(join(checkout.root, '.node_modules.new', 'node_modules', 'half'), { recursive: true });
  const next = await checkout.start(['again']);
  assert.deepEqual(started(next).args, ['again']);
  assert.deepEqual(
    (await readdir(checkout.root)).filter((name) => name.includes('node_modules')),
    ['node_modules'],
  );
});

test('a failed installation shows what npm said and changes nothing', async () => {
  await using checkout = await makeCheckout();
  await checkout.install();
  await writeFile(join(checkout.root, 'package.json'), JSON.stringify({ dependencies: { tiny: 'file:/nowhere.tgz' } }));
  await rm(join(checkout.root, 'node_modules', '.hive-lock'));
  const result = await checkout.start();
  assert.equal(result.exitCode, 1);
  assert.match(String(result.stderr), /npm error/);
  assert.match(String(result.stderr), /Nothing was changed; run the same command again/);
  assert.deepEqual(await readdir(join(checkout.root, 'node_modules')), ['.bin']);
});

test('a lost link to Node is made again', async () => {
  await using checkout = await makeCheckout();
  await checkout.install();
  const link = join(checkout.root, 'node_modules', '.bin', 'node');
  await rm(link);
  assert.equal((await checkout.start()).stderr, '');
  assert.equal(await realpath(link), await realpath(process.execPath));
});

test('without npm it names the command that brings it', async () => {
  await using checkout = await makeCheckout();
  const tools = join(checkout.root, '..', 'tools');
  await mkdir(tools);
  for (const name of ['bash', 'readlink', 'uname', 'cmp', 'flock'])
    await symlink(`/usr/bin/${name}`, join(tools, name));
  const result = await checkout.start([], { env: { PATH: tools } });
  assert.equal(result.exitCode, 1);
  assert.match(String(result.stderr), /apt-get install -y nodejs npm/);
});

test('a Node that is too old is not used to run the hive', async () => {
  await using checkout = await makeCheckout();
  const tools = join(checkout.root, '..', 'tools');
  await mkdir(tools);
  await writeFile(join(tools, 'node'), '#!/bin/sh\necho v20.20.2\n', { mode: 0o755 });
  await writeFile(join(tools, 'npm'), '#!/bin/sh\nmkdir node_modules\n', { mode: 0o755 });
  const result = await checkout.start([], { env: { PATH: `${tools}:/usr/bin:/bin` } });
  assert.equal(result.exitCode, 1);
  assert.match(String(result.stderr), /no Node 24\.15 or newer/);
});

test('a checkout that its user cannot write is used as it is, or refused with what to do', async () => {
  await using checkout = await makeCheckout();
  if (!root) await chmod(checkout.root, 0o555);
  const as = root ? { uid: STRANGER } : {};
  const refused = await checkout.start([], as);
  assert.equal(refused.exitCode, 1);
  assert.match(String(refused.stderr), /is not writable: run \S+\/hive once as its owner/);
  await chmod(checkout.root, 0o755);
  await checkout.install();
  if (!root) await chmod(checkout.root, 0o555);
  const result = await checkout.start(['status'], as);
  assert.equal(result.stderr, '');
  assert.deepEqual(started(result).args, ['status']);
  await chmod(checkout.root, 0o755);
});

test('packages belong to the owner of the checkout, also when root starts it', async () => {
  await using checkout = await makeCheckout();
  const owner = root ? STRANGER : (process.getuid?.() as number);
  if (root) await chown(checkout.root, owner, owner);
  await checkout.start();
  assert.equal((await stat(join(checkout.root, 'node_modules', 'tiny', 'package.json'))).uid, owner);
});
