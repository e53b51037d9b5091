import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSeed } from '#src/daemon/forge/seed/seed-data.ts';

const SEED = join(import.meta.dirname, '../../../../forge-seed');

test('no team of agents may open pull requests where it may not write code: that would let it store objects', async () => {
  for (const { teams } of (await readSeed(SEED)).organizations)
    for (const { name, units } of teams)
      assert.ok(units['repo.code'] === 'write' || units['repo.pulls'] === undefined, name);
});

test('no team of agents writes issues: that would let it change the words of others', async () => {
  for (const { teams } of (await readSeed(SEED)).organizations)
    for (const { name, units } of teams) assert.notEqual(units['repo.issues'], 'write', name);
});

test('every repository of the seed has its first content, every skill says when to use it', async () => {
  for (const { name: org, repositories } of (await readSeed(SEED)).organizations)
    for (const { name } of repositories)
      assert.ok((await readdir(join(SEED, 'repositories', org, name))).includes('README.md'), `${org}/${name}`);
  const skills = join(SEED, 'repositories/org-shared/docs/skills');
  for (const name of await readdir(skills)) {
    const head = /^---\nname: (\S+)\ndescription: (.{40,400})\n---\n/.exec(
      await readFile(join(skills, name, 'SKILL.md'), 'utf8'),
    );
    assert.equal(head?.[1], name);
  }
});
