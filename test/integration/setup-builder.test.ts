import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Builder, openBuilder } from '#src/setup/builder/builder.ts';
import { SetupFailure } from '#src/setup/failure.ts';

const root = process.getuid?.() === 0;
/** Uid of builds in this test; only root can give it. */
const uid = root ? 309_998 : null;
const own = uid ?? (process.getuid?.() as number);
let cache: string;
let stop: AbortController;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'hive-builder-'));
  await chmod(cache, 0o755);
  stop = new AbortController();
});
afterEach(() => rm(cache, { recursive: true }));

function open(): Promise<Builder> {
  const env = { ...process.env, HIVE_CANARY: 'secret', HTTPS_PROXY: 'http://127.0.0.1:3128' };
  return openBuilder({ cache, uid, name: 'test', env, alternatives: ['Wait for rain.'], signal: stop.signal });
}

test('runs programs unprivileged, with the settings of the network and nothing else of the caller’s', async () => {
  await using builder = await open();
  assert.equal(await builder.run('id', ['-u']), `${own}`);
  const env = await builder.run('env', []);
  assert.match(env, new RegExp(`^HOME=${builder.home}$`, 'm'));
  assert.match(env, /^HTTPS_PROXY=http:\/\/127\.0\.0\.1:3128$/m);
  assert.doesNotMatch(env, /HIVE_CANARY/);
  await builder.clear();
});

test('hands a finished file over to setup’s own user and leaves nothing of itself', async () => {
  await using builder = await open();
  const made = join(builder.home, 'made');
  await builder.write(made, 'one ');
  await builder.write(made, 'two', { append: true });
  assert.equal((await stat(made)).uid, own);
  const target = join(cache, 'taken');
  await builder.copyOut(made, target);
  assert.equal(await readFile(target, 'utf8'), 'one two');
  assert.equal((await stat(target)).uid, process.getuid?.());
  await builder.run('mkdir', ['-p', join(builder.home, 'deep', 'er')]);
  await builder.clear();
  assert.deepEqual((await readdir(cache)).toSorted(), ['builder.lock', 'logs', 'taken']);
});

test('a builder’s symlink does not make root read what only root may', async (context) => {
  if (!root) return context.skip('needs root');
  await using builder = await open();
  const secret = join(cache, 'secret');
  await writeFile(secret, 'canary', { mode: 0o600 });
  const trap = join(builder.home, 'trap');
  await builder.run('ln', ['-s', secret, trap]);
  await assert.rejects(builder.copyOut(trap, join(cache, 'taken')), /Permission denied/);
  await builder.clear();
  assert.equal(await readFile(secret, 'utf8'), 'canary');
});

test('a failing program is named with its last words and the log, and what was made is kept', async () => {
  const kept = await (async () => {
    await using builder = await open();
    const file = join(builder.home, 'fetched');
    await builder.write(file, 'much');
    await assert.rejects(builder.run('ls', ['--no-such-option']), (error: Error) => {
      assert.ok(error instanceof SetupFailure);
      assert.match(error.message, /^ls --no-such-option failed: .*unrecognized option/);
      assert.equal(error.remedy.log, builder.log);
      assert.equal(error.remedy.fix.at(-1), 'Wait for rain.');
      return true;
    });
    return { file, log: builder.log };
  })();
  assert.match(await readFile(kept.log, 'utf8'), /\$ ls --no-such-option\n.*unrecognized option/);
  await using again = await open();
  assert.equal(await again.run('cat', [kept.file]), 'much');
  await again.clear();
});

test('a cache that the builder cannot enter is no obstacle', async (context) => {
  if (!root) return context.skip('needs root');
  await chmod(cache, 0o700);
  await using builder = await open();
  assert.ok(!builder.home.startsWith(cache));
  const hidden = join(cache, 'hidden');
  await mkdir(hidden);
  await writeFile(join(hidden, 'tool'), '#!/bin/sh\necho works\n', { mode: 0o755 });
  assert.equal(await builder.run(join(await builder.share(hidden), 'tool'), []), 'works');
  assert.equal(await builder.share('/usr/bin/env'), '/usr/bin/env');
  await builder.clear();
  await assert.rejects(stat(join(builder.home, '..')), { code: 'ENOENT' });
});

test('stopping ends the program that runs', async () => {
  await using builder = await open();
  const running = builder.run('tail', ['-f', '/dev/null'], {});
  stop.abort();
  await assert.rejects(running, { name: 'AbortError' });
  await builder.clear();
});

test('a second builder of the cache waits for the first', async () => {
  const order: string[] = [];
  const first = await open();
  const second = open().then((builder) => (order.push('second'), builder));
  await first.run('true', []);
  order.push('first');
  await first[Symbol.asyncDispose]();
  const builder = await second;
  assert.deepEqual(order, ['first', 'second']);
  await builder.clear();
  await builder[Symbol.asyncDispose]();
});
