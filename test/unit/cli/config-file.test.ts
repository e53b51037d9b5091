import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { once } from 'node:events';
import { prepareConfig, requireConfig } from '#src/cli/up/config-file.ts';
import { freePort, requireFree } from '#src/cli/up/ports.ts';

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

test('a port that is remembered is none of those that the kernel hands out', async () => {
  const first = Number.parseInt(await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  for (let tries = 0; tries < 20; tries++) assert.ok((await freePort()) < first);
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

test('a folder that holds something else is refused, unchanged, with the fix', async () => {
  for (const [file, text] of [
    ['notes.txt', 'mine'],
    ['setup.json', '{}'],
  ] as const) {
    const folder = join(home, 'foreign');
    await mkdir(folder, { mode: 0o750 });
    await writeFile(join(folder, file), text);
    await assert.rejects(prepareConfig(folder, { port: 0, forgePort: 0 }), {
      code: 'invalid',
      message: new RegExp(`^${folder} is not empty and no hive's home: .*Choose a new or empty folder`),
    });
    assert.deepEqual(
      [await readdir(folder), await readFile(join(folder, file), 'utf8'), (await stat(folder)).mode & 0o777],
      [[file], text, 0o750],
    );
    await rm(folder, { recursive: true });
  }
});

test('a home whose config.json was removed gets a new one', async () => {
  const folder = join(home, 'without');
  await mkdir(join(folder, 'secrets'), { recursive: true });
  for (const file of ['hive.db', 'secrets/key']) await writeFile(join(folder, file), '');
  const ports = await prepareConfig(folder, { port: 0, forgePort: 0 });
  assert.deepEqual(await prepareConfig(folder, {}), ports);
});

test('a port that is none is named with its file, value and rule', async () => {
  const folder = join(home, 'wrong');
  const config = async (text: string): Promise<void> => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), text);
  };
  const rule = 'is refused: it must be a whole number from 1 to 65535; correct the file, or remove it and run hive up';
  await config('{"port":"x","forge_port":7001}');
  await assert.rejects(prepareConfig(folder, {}), {
    code: 'invalid',
    message: `${folder}/config.json: port "x" ${rule} again`,
  });
  await config('{"forge_port":70010}');
  await assert.rejects(prepareConfig(folder, {}), { message: `${folder}/config.json: forge_port 70010 ${rule} again` });
});

test('a key that nobody knows is refused before anything starts, with the one that was meant', async () => {
  const folder = join(home, 'misspelled');
  await mkdir(folder);
  const file = join(folder, 'config.json');
  for (const [text, problem] of [
    ['{"forge_port":7001,"prot":7000}', 'unknown field "prot": did you mean port? (known are port, forge_port, '],
    ['{"forge_port":7001,"patience":{"helo":60}}', 'unknown field "helo" in patience: did you mean hello? (known are '],
    [
      '{"forge_port":7001,"watchdog_seconds":0}',
      'watchdog_seconds 0 is refused: it must be a whole number from 2 to 3600',
    ],
  ] as const) {
    await writeFile(file, text);
    for (const refused of [() => prepareConfig(folder, {}), () => requireConfig(folder)])
      await assert.rejects(
        refused,
        ({ code, message }) => code === 'invalid' && message.startsWith(`${file}: ${problem}`),
      );
    assert.equal(await readFile(file, 'utf8'), text);
  }
});

test('a config.json that was written ahead without a forge_port is told what it lacks, unchanged', async () => {
  const folder = join(home, 'ahead');
  await mkdir(folder, { mode: 0o750 });
  const file = join(folder, 'config.json');
  const port = 'it must be a whole number from 1 to 65535';
  for (const [text, problem] of [
    ['{"port":8080}', `forge_port is missing: ${port}`],
    ['{"port":7100,"forge_port":"7101"}', `forge_port "7101" is refused: ${port}`],
    ['[]', '[] is refused: it must be an object of named values'],
    ['null', 'null is refused: it must be an object of named values'],
  ] as const) {
    await writeFile(file, text);
    const fix = `if it is a hive's, correct it. Choose a new or empty folder, such as --home ${folder}/hive`;
    for (const refused of [() => prepareConfig(folder, {}), () => requireConfig(folder)])
      await assert.rejects(refused, { code: 'invalid', message: `${file}: ${problem}; ${fix}` });
    assert.deepEqual(
      [await readdir(folder), await readFile(file, 'utf8'), (await stat(folder)).mode & 0o777],
      [['config.json'], text, 0o750],
    );
  }
});

test('what a first start that was killed left does not keep the next one away', async () => {
  const folder = join(home, 'killed');
  await mkdir(folder);
  for (const file of ['config.json.new', 'up.lock', 'up.lock.123', 'up.lock.dead.7'])
    await writeFile(join(folder, file), '');
  assert.ok((await prepareConfig(folder, { port: 0, forgePort: 0 })).port > 0);
});
