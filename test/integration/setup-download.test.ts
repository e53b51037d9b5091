import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { SetupFailure } from '#src/setup/failure.ts';
import { downloadChecked } from '#src/setup/gitea/download.ts';

const RELEASE = Buffer.alloc(3_000_000, 'release ');
const HASH = createHash('sha256').update(RELEASE).digest('hex');

let server: Server;
let base: string;
let folder: string;
let answers: Record<string, RequestListener>;
let asked: { url: string; range: string | undefined }[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-download-'));
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push({ url, range: request.headers.range });
    const answer = answers[url];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  asked = [];
  answers = {
    '/gitea': (request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = RELEASE.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length }).end(rest);
    },
    '/gitea.sha256': (_, response) => response.end(`${HASH}  gitea\n`),
  };
});

function download(name: string, stop = new AbortController()): Promise<void> {
  return downloadChecked(`${base}/gitea`, join(folder, name), { progress: () => undefined, signal: stop.signal });
}

/** Sends `bytes` of the release, promises all of it, and cuts the connection. */
function cutAfter(bytes: number): RequestListener {
  return (_, response) => {
    response.writeHead(200, { 'content-length': RELEASE.length });
    response.write(RELEASE.subarray(0, bytes), () => response.destroy());
  };
}

async function refusal(started: Promise<void>): Promise<SetupFailure> {
  const error = await started.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SetupFailure, String(error));
  assert.ok(error.remedy.fix.length > 0, 'says what else is possible');
  return error;
}

test('a release with the right hash is kept', async () => {
  await download('right');
  assert.deepEqual(await readFile(join(folder, 'right')), RELEASE);
});

test('a release with a wrong hash is refused with both hashes and thrown away', async () => {
  answers['/gitea.sha256'] = (_, response) => response.end('0'.repeat(64));
  const { message } = await refusal(download('wrong'));
  assert.match(message, new RegExp(`SHA-256 is ${HASH}, .* says 0{64}`));
  assert.ok(!(await readdir(folder)).includes('wrong'));
});

test('a release without a hash is not even fetched', async () => {
  delete answers['/gitea.sha256'];
  const { message } = await refusal(download('missing'));
  assert.match(message, /gitea\.sha256: HTTP 404/);
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['/gitea.sha256'],
  );
});

test('a page in the place of the hash is refused', async () => {
  answers['/gitea.sha256'] = (_, response) => response.end('<html>Sign in to the hotel’s network</html>');
  assert.match((await refusal(download('page'))).message, /no SHA-256 in it/);
});

test('a cut transfer goes on where it ended', async () => {
  const whole = answers['/gitea'] as RequestListener;
  let first = true;
  answers['/gitea'] = (request, response) => {
    if (!first) return whole(request, response);
    first = false;
    return cutAfter(1_000_000)(request, response);
  };
  await download('resumed');
  assert.deepEqual(await readFile(join(folder, 'resumed')), RELEASE);
  const ranges = asked.filter(({ url }) => url === '/gitea').map(({ range }) => range);
  assert.equal(ranges.length, 2);
  assert.match(ranges[1] ?? '', /^bytes=[1-9]\d*-$/);
});

test('a transfer that is cut again and again fails, and a later start takes it up', async () => {
  const whole = answers['/gitea'] as RequestListener;
  answers['/gitea'] = cutAfter(500_000);
  await refusal(download('later'));
  answers['/gitea'] = whole;
  asked = [];
  await download('later');
  assert.deepEqual(await readFile(join(folder, 'later')), RELEASE);
  assert.match(asked.at(-1)?.range ?? '', /^bytes=/);
});

test('what another program left in the place of a part is not trusted', async () => {
  await writeFile(join(folder, 'foreign'), 'something else');
  assert.match((await refusal(download('foreign'))).message, /SHA-256/);
  await download('foreign');
  assert.deepEqual(await readFile(join(folder, 'foreign')), RELEASE);
});

test('redirects are followed, but not in circles', async () => {
  answers['/real'] = answers['/gitea'] as RequestListener;
  answers['/gitea'] = (_, response) => response.writeHead(302, { location: '/real' }).end();
  await download('redirected');
  assert.deepEqual(await readFile(join(folder, 'redirected')), RELEASE);
  answers['/gitea'] = (_, response) => response.writeHead(302, { location: '/gitea' }).end();
  assert.match((await refusal(download('circle'))).message, /redirects/);
});

test('a refused connection is named with its reason', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  const options = { progress: () => undefined, signal: new AbortController().signal };
  const started = downloadChecked(`http://127.0.0.1:${port}/gitea`, join(folder, 'nobody'), options);
  assert.match((await refusal(started)).message, /ECONNREFUSED/);
});

test('stopping ends a transfer at once', async () => {
  const stop = new AbortController();
  answers['/gitea'] = (_, response) => {
    response.writeHead(200, { 'content-length': RELEASE.length });
    response.write(RELEASE.subarray(0, 1000), () => stop.abort());
  };
  await assert.rejects(download('stopped', stop), { name: 'AbortError' });
});
