import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { purgeAgentFolders } from '#src/daemon/containers/folders.ts';
import { containerPaths } from '#src/daemon/containers/paths.ts';
import type { Host, Uids } from '#src/daemon/host/api.ts';
import { createHost } from '#src/daemon/host/index.ts';
import { asRoot, TEST_UID } from '../support/containers/place.ts';

describe('mallory plants things where the daemon makes its own', () => {
  let dir: string;
  let host: Host;
  let canary: string;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'hive-folders-'));
    host = await createHost({ root: asRoot, hiveId: 'folders' });
    canary = join(dir, 'canary');
    mkdirSync(canary, { mode: 0o755 });
    writeFileSync(join(canary, 'file'), 'sacred', { mode: 0o644 });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const facts = (): unknown[] =>
    [canary, join(canary, 'file')].map((path) => {
      const { uid, gid, mode } = statSync(path);
      return [uid, gid, mode, lstatSync(path).isSymbolicLink()];
    });
  const options = { uid: TEST_UID, mode: 0o700 };

  it('a symlink or a file for a folder: refused, nothing behind it is touched', () => {
    const before = facts();
    symlinkSync(canary, join(dir, 'link'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
    writeFileSync(join(dir, 'file'), '');
    for (const name of ['link', 'dangling', 'file']) {
      assert.throws(() => host.ensureFolder(join(dir, name), options), { code: 'conflict', message: new RegExp(name) });
    }
    assert.deepEqual(facts(), before);
    assert.equal(existsSync(join(dir, 'nowhere')), false);
  });

  it('a symlink, a folder or a pipe for a log: refused without waiting', () => {
    const before = facts();
    symlinkSync(join(canary, 'file'), join(dir, 'link.log'));
    mkdirSync(join(dir, 'folder.log'));
    execFileSync('mkfifo', [join(dir, 'pipe.log')]);
    for (const name of ['link.log', 'folder.log', 'pipe.log']) {
      assert.throws(() => host.openLog(join(dir, name), TEST_UID), { code: 'conflict' });
    }
    assert.deepEqual(facts(), before);
    assert.equal(readFileSync(join(canary, 'file'), 'utf8'), 'sacred');
  });

  it('a folder of its own with another mode: corrected', () => {
    mkdirSync(join(dir, 'state'), { mode: 0o777 });
    chmodSync(join(dir, 'state'), 0o777);
    host.ensureFolder(join(dir, 'state'), options);
    const { uid, mode } = statSync(join(dir, 'state'));
    assert.equal(mode & 0o7777, 0o700);
    assert.equal(uid, asRoot ? TEST_UID : process.getuid!());
  });

  it('links out of a home and locked folders in it: purging deletes the home and nothing else', async () => {
    const before = facts();
    const home = join(dir, 'home');
    const paths = containerPaths({ home, run: join(home, 'run') });
    const uids: Uids = {
      sharedGid: TEST_UID,
      hostUid: (uid) => (asRoot ? uid : null),
      next: () => 0,
      service: async () => null,
    };
    mkdirSync(paths.agents, { recursive: true, mode: 0o700 });
    mkdirSync(paths.agent('mallory'));
    for (const folder of [paths.state('mallory'), paths.harness('mallory')]) host.ensureFolder(folder, options);
    const plant = [
      `ln -s ${canary} out; ln -s ${canary}/file file; mkdir -p locked/in/here; touch locked/in/here/x`,
      'touch -- -rf "a name"; chmod 000 locked/in; chmod 000 locked',
    ];
    chmodSync(dir, 0o755);
    await host.runAs(asRoot ? TEST_UID : null, ['bash', '-c', plant.join('; ')], { cwd: paths.state('mallory') });
    chmodSync(dir, 0o700);
    await purgeAgentFolders({ host, paths, uids }, 'mallory', TEST_UID);
    assert.equal(existsSync(paths.agent('mallory')), false);
    assert.deepEqual(facts(), before);
  });
});

describe('a command under another user', () => {
  it('never runs as root, has no groups and sees nothing of the environment of the daemon', async () => {
    const host = await createHost({ root: asRoot, hiveId: 'folders' });
    const uid = asRoot ? TEST_UID : null;
    process.env['HIVE_TEST_CANARY'] = 'sacred';
    const said = await host.runAs(uid, ['bash', '-c', 'cat; id -u; id -G; env; grep NoNewPrivs /proc/self/status'], {
      input: 'given\n',
    });
    delete process.env['HIVE_TEST_CANARY'];
    if (asRoot) assert.match(said, new RegExp(`^given\n${TEST_UID}\n${TEST_UID}\n`));
    if (asRoot) assert.match(said, /NoNewPrivs:\t1/);
    assert.doesNotMatch(said, /sacred/);
    await assert.rejects(host.runAs(asRoot ? null : TEST_UID, ['true']), { code: 'internal' });
    await assert.rejects(host.runAs(0, ['true']), { code: 'internal' });
    await assert.rejects(host.runAs(uid, ['bash', '-c', 'echo what went wrong >&2; exit 3']), {
      code: 'internal',
      message: /what went wrong/,
    });
  });
});
