import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { hive, HIVE } from '../support/cli.ts';
import { startScriptedDaemon } from '../support/scripted-daemon.ts';
import { waitUntil } from '../support/wait.ts';

const LIMIT_MS = 20_000;
let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'hive-cli-'))));
after(() => rm(folder, { recursive: true }));

test('a HIVE_SOCKET where no daemon will ever listen is refused at once, with the fix', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  for (const [socket, what] of [
    [join(folder, 'nowhere/hive.sock'), `there is no folder ${join(folder, 'nowhere')}`],
    [join(file, 'hive.sock'), `there is no folder ${file}`],
    [file, 'which is no socket'],
  ] as const) {
    const { code, err } = await hive(['send', 'bob', 'hello'], { env: { HIVE_SOCKET: socket }, timeoutMs: LIMIT_MS });
    assert.equal(code, 2, err);
    assert.match(err, new RegExp(`^hive: HIVE_SOCKET is ${socket}, .*${what}: .*unset it to speak as the operator$`));
  }
});

test('a daemon that is not there is waited for, which is said at once, and the call takes effect when it is back', async () => {
  const socket = join(folder, 'hive.sock');
  const sending = execa(HIVE, ['send', 'bob', 'hello'], { env: { HIVE_SOCKET: socket }, timeout: 60_000 });
  let said = '';
  sending.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await waitUntil('it says what it waits for', () => said.includes('\n'), LIMIT_MS);
  assert.equal(said, `hive: nobody answers at ${socket}; the daemon may be restarting: trying for up to 60 s\n`);
  await using daemon = await startScriptedDaemon(socket, {
    send: () => ({ id: 7, recipients: ['bob'], parked: false, note: '' }),
  });
  const { stdout, stderr } = await sending;
  assert.match(stdout, /^message 7 to bob: stored/);
  assert.match(stderr, /this call was repeated .* took effect only once/);
  assert.equal(daemon.of('send').length, 1);
});

test('what is the operator’s says that HIVE_SOCKET makes this an agent’s', async () => {
  const { code, err } = await hive(['doctor'], { env: { HIVE_SOCKET: join(folder, 'hive.sock') } });
  assert.equal(code, 4);
  assert.match(err, /not inside an agent’s container \(HIVE_SOCKET is .*hive\.sock\)/);
});
