import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { readSetupConfig } from '#src/setup/config.ts';

test('brings everything but Claude Code unless asked', () => {
  assert.deepEqual(readSetupConfig([], {}, 0).steps, ['userns', 'host', 'node', 'gitea']);
  assert.deepEqual(readSetupConfig(['--claude'], {}, 0).steps, ['userns', 'host', 'node', 'gitea', 'claude']);
  assert.deepEqual(readSetupConfig(['--only', 'claude,userns'], {}, 0).steps, ['userns', 'claude']);
});

test('keeps the cache where HIVE_CACHE says, else where the system keeps caches', () => {
  const cache = (env: NodeJS.ProcessEnv, uid: number): string => readSetupConfig([], env, uid).cache;
  assert.equal(cache({ HIVE_CACHE: '/elsewhere' }, 0), '/elsewhere');
  assert.equal(cache({ HOME: '/root' }, 0), '/var/cache/hyperhive');
  assert.equal(cache({ HOME: '/home/alice' }, 1000), '/home/alice/.cache/hyperhive');
  assert.equal(cache({ HOME: '/home/alice', XDG_CACHE_HOME: '/caches' }, 1000), '/caches/hyperhive');
  assert.equal(cache({ HOME: '/home/alice', XDG_CACHE_HOME: 'relative' }, 1000), '/home/alice/.cache/hyperhive');
});

test('builds under a user of its own only when it is root', () => {
  assert.equal(readSetupConfig([], {}, 1000).builderUid, null);
  assert.equal(readSetupConfig([], {}, 0).builderUid, 309_999);
  assert.equal(readSetupConfig([], { HIVE_BUILD_UID: '4242' }, 0).builderUid, 4242);
  assert.throws(() => readSetupConfig([], { HIVE_BUILD_UID: '0' }, 0), { code: 'invalid' });
});

test('lets an argument choose the Gitea before the environment', () => {
  assert.equal(readSetupConfig([], {}, 0).gitea, null);
  assert.equal(readSetupConfig([], { HIVE_GITEA: '/opt/gitea' }, 0).gitea, '/opt/gitea');
  assert.equal(readSetupConfig(['--gitea', '/srv/gitea'], { HIVE_GITEA: '/opt/gitea' }, 0).gitea, '/srv/gitea');
  // The daemon runs in another folder.
  assert.equal(readSetupConfig(['--gitea', 'own/gitea'], {}, 0).gitea, resolve('own/gitea'));
});

test('refuses what it does not know, with the value', () => {
  assert.throws(() => readSetupConfig(['--only', 'gitea,beer'], {}, 0), { code: 'invalid', message: /userns/ });
  assert.throws(() => readSetupConfig(['--beer'], {}, 0), { code: 'invalid', message: /--beer/ });
  assert.throws(() => readSetupConfig([], { HIVE_GITEA_FROM: 'beer' }, 0), {
    code: 'invalid',
    message: 'HIVE_GITEA_FROM "beer" is refused: it must be one of auto, build, download; correct or unset it',
  });
});
