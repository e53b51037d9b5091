import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { once } from 'node:events';
import { prepareConfig } from '#src/cli/up/config-file.ts';
import { requireFree } from '#src/cli/up/ports.ts';

let home: string;
before(async () => (home = await mkdtemp(join(tmpdir(), 'hive-config-'))));
after(() => rm(home, { recursive: true }));

test('port 0 is chosen once and remembered; what the operator wrote stays', async () => {
  const first = await prepareConfig(home, { port: 0, forgePort: 0 });
  const file = join(home, 'config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), uid_base: 400_000 }));
  assert.deepEqual(await prepareConfig(home, { port: 0, forgePort: 0 }), first);
  assert.deepEqual(await prepareConfig(home, {}), first);
  assert.equal(JSON.parse(await readFile(file, 'utf8')).uid_base, 400_000);
});

test('one port for both is refused', async () => {
  const { port } = await prepareConfig(home, {});
  await assert.rejects(prepareConfig(home, { forgePort: port }), /cannot both use port/);
});

test('a taken port is named with what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  try {
    await assert.rejects(requireFree(port, '--port'), {
      code: 'conflict',
      message: new RegExp(`port ${port} is taken .*choose another with --port N`),
    });
  } finally {
    server.close();
  }
});

test('a damaged config.json is said, not overwritten', async () => {
  await writeFile(join(home, 'config.json'), '{');
  await assert.rejects(prepareConfig(home, {}), /config\.json is not JSON/);
  assert.equal(await readFile(join(home, 'config.json'), 'utf8'), '{');
});
