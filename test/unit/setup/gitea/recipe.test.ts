import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExtraSums } from '#src/setup/gitea/build.ts';
import { cacheFolders } from '#src/setup/gitea/find.ts';
import { RECIPE, recipeHash } from '#src/setup/gitea/recipe.ts';
import { isSafe } from '#src/setup/gitea/version.ts';

test('a build is kept under a name that changes with its sums', async () => {
  const sums = await readExtraSums();
  assert.match(recipeHash(sums), /^[0-9a-f]{12}$/);
  assert.equal(recipeHash(sums), recipeHash(sums));
  assert.notEqual(recipeHash(sums), recipeHash(`${sums}\n`));
  assert.notEqual(cacheFolders('/c', sums).built, cacheFolders('/c', '').built);
  assert.notEqual(cacheFolders('/c', sums).built, cacheFolders('/c', sums).downloaded);
});

test('every version that the recipe sets has its sum pinned', async () => {
  const sums = await readExtraSums();
  for (const version of [...RECIPE.require, ...Object.values(RECIPE.replace)]) {
    const [module, number] = version.split(/@(?=v)/);
    assert.ok(sums.includes(`${module} ${number}/go.mod h1:`), `${version} has no sum`);
  }
});

test('versions below the floor are not safe to run', () => {
  assert.equal(isSafe('1.27.3'), true);
  assert.equal(isSafe('1.28.0'), true);
  assert.equal(isSafe('1.27.2'), false);
  assert.equal(isSafe('1.9.9'), false);
});
