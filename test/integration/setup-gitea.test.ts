import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { execa } from 'execa';
import { sha256OfFile } from '#src/lib/sha256.ts';
import { type SetupEnd, type SetupEvent, setupEvent, type SetupProgress } from '#src/protocol/setup.ts';
import { testParts } from '../support/hive/parts.ts';
import { waitUntil } from '../support/wait.ts';

const SETUP = resolve(import.meta.dirname, '../../src/setup/main.ts');
const SYSTEM = `${dirname(process.execPath)}:/usr/bin:/bin`;

let folder: string;
let cache: string;
let gitea: string;
let server: Server;
let releases: string;
/** File that the loopback release server serves, with a true hash beside it. */
let release: string;
let asked: string[];
/** True when the release server accepts and never answers. */
let silent: boolean;

before(async () => {
  const found = (await testParts(false)).gitea;
  assert.ok(found);
  gitea = found.path;
  folder = await mkdtemp(join(tmpdir(), 'hive-gitea-'));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (silent) return;
    if (request.url?.endsWith('.sha256')) void sha256OfFile(release).then((hash) => response.end(`${hash}\n`));
    else createReadStream(release).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gitea`;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  asked = [];
  silent = false;
  release = gitea;
  cache = await mkdtemp(join(folder, 'cache-'));
});

/** Runs setup's Gitea step as a process of its own; `meanwhile` gets that process. */
async function setup(
  env: Record<string, string> = {},
  meanwhile: (child: { kill(signal: 'SIGINT'): boolean }) => Promise<void> = () => Promise.resolve(),
): Promise<{ code: number; lines: SetupEvent[]; end: SetupEnd }> {
  const given = { PATH: SYSTEM, HOME: folder, HIVE_CACHE: cache, HIVE_GITEA_RELEASES: releases, ...env };
  const child = execa(process.execPath, [SETUP, '--only', 'gitea'], { env: given, extendEnv: false, reject: false });
  await meanwhile(child);
  const run = await child;
  const lines = run.stdout.split('\n').map((line) => setupEvent.parse(JSON.parse(line)));
  const end = lines.at(-1);
  assert.ok(end && 'done' in end, run.stderr);
  return { code: run.exitCode ?? -1, lines, end };
}

function failure(lines: SetupEvent[]): SetupProgress {
  const failed = lines.find((line) => 'state' in line && line.state === 'failed');
  assert.ok(failed && 'state' in failed, 'a step failed');
  return failed;
}

/** A program that says it is Gitea of some version. */
async function pretend(version: string): Promise<string> {
  const dir = await mkdtemp(join(folder, 'path-'));
  await writeFile(join(dir, 'gitea'), `#!/bin/sh\necho "gitea version ${version} built with go"\n`, { mode: 0o755 });
  return join(dir, 'gitea');
}

test('the operator’s Gitea is used before all others', async () => {
  const { code, end } = await setup({ HIVE_GITEA: gitea });
  assert.equal(code, 0);
  assert.equal(end.result.gitea?.source, 'operator');
  assert.equal(end.result.gitea?.path, gitea);
  assert.deepEqual(asked, []);
});

test('an operator’s Gitea below the floor is refused with the found and the needed version', async () => {
  const old = await pretend('1.27.1');
  const { code, lines, end } = await setup({ HIVE_GITEA: old });
  assert.equal(code, 1);
  assert.equal(end.ok, false);
  assert.match(failure(lines).detail ?? '', /is Gitea 1\.27\.1; 1\.27\.3 or newer is needed/);
  assert.ok(failure(lines).fix?.length);
});

test('an operator’s Gitea that is none is refused by its path', async () => {
  for (const path of ['/nowhere/gitea', '/bin/true']) {
    assert.match(
      failure((await setup({ HIVE_GITEA: path })).lines).detail ?? '',
      new RegExp(`^${path}, .* does not run`),
    );
  }
});

test('a Gitea on PATH is used when it is new enough', async () => {
  const dir = await mkdtemp(join(folder, 'path-'));
  await copyFile(gitea, join(dir, 'gitea'));
  const { end } = await setup({ PATH: `${dir}:${SYSTEM}` });
  assert.deepEqual(end.result.gitea, { path: join(dir, 'gitea'), version: '1.27.3', source: 'host' });
});

test('a Gitea on PATH that is too old is passed over and named', async () => {
  const old = await pretend('1.26.9');
  const { lines, end } = await setup({ PATH: `${dirname(old)}:${SYSTEM}`, HIVE_GITEA_FROM: 'download' });
  assert.equal(end.result.gitea?.source, 'downloaded');
  assert.ok(lines.some((line) => 'detail' in line && line.detail === `${old} is 1.26.9: 1.27.3 or newer is needed`));
});

test('without Go the official release is fetched once, and used from the cache from then on', async () => {
  const first = await setup();
  assert.equal(first.code, 0);
  assert.equal(first.end.result.gitea?.source, 'downloaded');
  assert.match(first.end.result.gitea?.path ?? '', new RegExp(`^${cache}/gitea/1\\.27\\.3-official-`));
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `/gitea/1.27.3/gitea-1.27.3-linux-${arch}`;
  assert.deepEqual(asked, [`${url}.sha256`, url]);
  const second = await setup();
  assert.deepEqual(second.end.result, first.end.result);
  assert.equal(asked.length, 2);
  assert.deepEqual((await readdir(join(cache, 'gitea'))).length, 1);
});

test('two setups at once fetch it once', async () => {
  const both = await Promise.all([setup(), setup()]);
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.deepEqual(both[0].end.result, both[1].end.result);
  assert.equal(asked.length, 2);
});

test('a release that is no Gitea is refused though its hash is right', async () => {
  release = '/bin/true';
  const { code, lines } = await setup();
  assert.equal(code, 1);
  assert.match(failure(lines).detail ?? '', /says it is nothing at all, not 1\.27\.3: refused/);
  release = gitea;
  assert.equal((await setup()).code, 0);
});

test('Ctrl-C is told as such, and the next start finds nothing in its way', async () => {
  silent = true;
  const { code, lines, end } = await setup({}, async (child) => {
    await waitUntil('the release to be asked for', () => asked.length > 0);
    child.kill('SIGINT');
  });
  assert.equal(code, 130);
  assert.equal(end.ok, false);
  assert.equal(failure(lines).detail, 'stopped');
  silent = false;
  assert.equal((await setup()).code, 0);
});

test('a cache where no folder can be made is named with the fix', async () => {
  const { lines } = await setup({ HIVE_CACHE: '/proc/hive/cache' });
  assert.equal(failure(lines).detail, '/proc/hive/cache cannot be the cache (no folder can be made there)');
  assert.deepEqual(failure(lines).fix, ['Choose another folder with HIVE_CACHE.']);
});

test('a build that was asked for needs Go, and says so', async () => {
  const { lines } = await setup({ HIVE_GITEA_FROM: 'build' });
  assert.match(failure(lines).detail ?? '', /cannot build Gitea: there is no Go/);
  assert.match(failure(lines).fix?.[0] ?? '', /Go 1\.26\.4/);
});

test('a Go that is too old is named and not used', async () => {
  const dir = join(cache, 'go');
  await mkdir(dir);
  await writeFile(join(dir, 'go'), '#!/bin/sh\nprintf "/opt/go\\ngo1.24.2\\n"\n', { mode: 0o755 });
  const { lines, end } = await setup({ PATH: `${dir}:${SYSTEM}` });
  assert.equal(end.result.gitea?.source, 'downloaded');
  assert.ok(lines.some((line) => 'detail' in line && line.detail?.startsWith('Go 1.24.2 is older than 1.26.4')));
});
