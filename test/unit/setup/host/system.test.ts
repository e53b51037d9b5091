import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missingPackages } from '#src/setup/host/packages.ts';
import { installCommand, readHostSystem, refuseUnsupported } from '#src/setup/host/system.ts';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'hive-host-'))));
after(() => rm(folder, { recursive: true }));

test('knows a host by its os-release and its package manager', async () => {
  await writeFile(join(folder, 'os-release'), 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=44\n');
  await symlink('/bin/true', join(folder, 'dnf'));
  assert.deepEqual(await readHostSystem(folder, join(folder, 'os-release')), { id: 'fedora', manager: 'dnf' });
  assert.deepEqual(await readHostSystem('/nowhere', join(folder, 'none')), { id: 'unknown', manager: null });
});

test('refuses NixOS until its module exists, and nobody else', () => {
  assert.throws(() => refuseUnsupported({ id: 'nixos', manager: null }), {
    code: 'unavailable',
    message: /NixOS module/,
  });
  assert.doesNotThrow(() => refuseUnsupported({ id: 'debian', manager: 'apt-get' }));
});

test('prints the command of the package manager that is there', () => {
  assert.equal(
    installCommand({ id: 'debian', manager: 'apt-get' }, ['bubblewrap', 'git']),
    'sudo apt-get install -y bubblewrap git',
  );
  assert.equal(installCommand({ id: 'arch', manager: 'pacman' }, ['git']), 'sudo pacman -S --needed git');
  assert.match(installCommand({ id: 'other', manager: null }, ['git']), /git$/);
});

test('names a missing package once, whatever of it is missing', async () => {
  const packages = [
    { name: 'here', shownBy: 'dnf' },
    { name: 'tools', shownBy: 'no-such-tool' },
    { name: 'tools', shownBy: 'no-such-tool-either' },
    { name: 'certificates', shownBy: '/nowhere/certificates' },
  ];
  assert.deepEqual(await missingPackages(packages, folder), ['tools', 'certificates']);
});
