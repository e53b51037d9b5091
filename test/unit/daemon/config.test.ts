import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '#src/daemon/config.ts';
import type { Config } from '#src/daemon/config.ts';

const SETUP = {
  node: { path: '/n/bin/node', dir: '/n', version: '24.21.0' },
  gitea: { path: '/g/gitea', version: '1.27.3', source: 'built' },
};

test('the configuration of a home is read with its defaults; what is wrong is named with the fix', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hive-config-'));
  const env = { HIVE_HOME: home, XDG_RUNTIME_DIR: '/run/user/7' };
  try {
    await assert.rejects(loadConfig(env, 7), /config\.json is missing: .*hive up/);
    await writeFile(join(home, 'config.json'), '{');
    await assert.rejects(loadConfig(env, 7), /config\.json is not JSON/);
    await writeFile(join(home, 'config.json'), '{"port":70000,"forge_port":7001}');
    await assert.rejects(
      loadConfig(env, 7),
      /config\.json: port 70000 is refused: it must be a whole number from 1 to 65535; correct the file/,
    );
    await writeFile(join(home, 'config.json'), '{"port":7000,"forge_port":7001}');
    await assert.rejects(loadConfig(env, 7), /setup\.json is missing: .*setup/);
    await writeFile(join(home, 'setup.json'), JSON.stringify({ node: SETUP.node }));
    await assert.rejects(loadConfig(env, 7), /names no Gitea/);
    await writeFile(join(home, 'setup.json'), JSON.stringify(SETUP));
    await assert.rejects(loadConfig({ ...env, HIVE_LOG_LEVEL: 'loud' }, 7), /HIVE_LOG_LEVEL is "loud"/);
    const config = await loadConfig(env, 7);
    assert.equal(config.run, `/run/user/7/hyperhive/${config.hiveId}`);
    assert.deepEqual(config.parts, { gitea: '/g/gitea', nodeDir: '/n', claudeDir: null });
    assert.equal(config.models.anthropic, 'https://api.anthropic.com');
    assert.deepEqual([config.root, config.logLevel, config.uid_base], [false, 'info', 310_000]);
  } finally {
    await rm(home, { recursive: true });
  }
});

test('guards are set one by one, the others keep their defaults; what makes no sense is named', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hive-config-'));
  const load = async (guards: object): Promise<Config> => {
    await writeFile(join(home, 'config.json'), JSON.stringify({ port: 7000, forge_port: 7001, guards }));
    return loadConfig({ HIVE_HOME: home }, 7);
  };
  try {
    await writeFile(join(home, 'setup.json'), JSON.stringify(SETUP));
    const { guards } = await load({ messages: { per_minute: 5 }, loop: { depth: 3 } });
    assert.deepEqual(guards.messages, { burst: 60, per_minute: 5 });
    assert.deepEqual(guards.loop, { depth: 3, messages: 60, window_seconds: 60 });
    assert.deepEqual([guards.broadcasts, guards.open_asks], [{ burst: 5, per_minute: 0.5 }, 20]);
    await assert.rejects(load({ messages: { burst: 0 } }), /config\.json: guards\.messages\.burst 0 is refused: /);
    await assert.rejects(
      load({ mesages: {} }),
      /config\.json: unknown field "mesages" in guards: did you mean messages\? \(known are messages, bytes, /,
    );
  } finally {
    await rm(home, { recursive: true });
  }
});
