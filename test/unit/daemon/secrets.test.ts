import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogins } from '#src/daemon/edge/logins.ts';
import { loadSecrets } from '#src/daemon/secrets.ts';
import { openTestDatabase } from '../../support/database.ts';

async function withHome(run: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'hive-secrets-'));
  try {
    await run(home);
  } finally {
    await rm(home, { recursive: true });
  }
}

test('secrets are made once, in files that only their owner reads', () =>
  withHome(async (home) => {
    const first = await loadSecrets(home);
    assert.deepEqual(await loadSecrets(home), first);
    assert.equal(first.key.length, 32);
    assert.match(first.operatorPassword, /^[\w-]{23}$/);
    assert.equal((await stat(first.dir)).mode & 0o777, 0o700);
    const files = await readdir(first.dir);
    assert.deepEqual(files.toSorted(), ['forge-root-password', 'hook-secret', 'key', 'operator-password']);
    for (const file of files) assert.equal((await stat(join(first.dir, file))).mode & 0o777, 0o600);
  }));

test('a secret that others may read or that is damaged is refused with the fix, never replaced', () =>
  withHome(async (home) => {
    const { dir } = await loadSecrets(home);
    await chmod(join(dir, 'key'), 0o644);
    await assert.rejects(loadSecrets(home), /chmod 600 .*key/);
    await chmod(join(dir, 'key'), 0o600);
    await writeFile(join(dir, 'key'), '');
    await assert.rejects(loadSecrets(home), /key is damaged/);
  }));

test('a model credential is sealed in the database and opens with this key only', async () => {
  await using database = openTestDatabase();
  const { writer, db } = database;
  const logins = createLogins({ writer, key: Buffer.alloc(32, 1) });
  assert.equal(logins.current(), undefined);
  assert.equal(logins.credential(), undefined);
  await logins.set('anthropic', 'api_key', 'sk-canary-1');
  await logins.set('anthropic', 'oauth_token', 'sk-canary-2');
  assert.equal(logins.current()?.kind, 'oauth_token');
  assert.deepEqual(logins.credential(), { kind: 'oauth_token', value: 'sk-canary-2' });
  const rows = JSON.stringify(db.prepare('SELECT name, kind, CAST(sealed AS TEXT) FROM secrets').all());
  const published = JSON.stringify(db.prepare('SELECT type, body FROM events').all());
  assert.ok(!rows.includes('canary') && !published.includes('canary') && published.includes('login.changed'));
  assert.throws(() => createLogins({ writer, key: Buffer.alloc(32, 2) }).credential(), /hive login/);
  db.prepare("UPDATE secrets SET kind = 'api_key'").run();
  assert.throws(() => logins.credential(), /hive login/);
});
