import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { methods } from '#src/protocol/methods/index.ts';
import { HIVE } from '../support/cli.ts';
import { startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

test('logs -f goes on over a daemon that is killed, line by line, and ends with the hive', async () => {
  await using hive = await startHive({ supervised: true });
  const env = { ...process.env, HIVE_HOME: hive.home };
  const follower = spawn(HIVE, ['logs', '-f', '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = text(follower.stderr);
  let out = '';
  follower.stdout.on('data', (chunk) => (out += String(chunk)));
  const starts = (): number => out.split('\n').filter((line) => line.includes('"the hive is up"')).length;
  await waitUntil('it shows the start', () => starts() === 1);

  const { pid } = await hive.call(methods.status, {});
  process.kill(pid, 'SIGKILL');
  await waitUntil('it shows the next start', () => starts() === 2);
  const lines = out.trimEnd().split('\n');
  assert.equal(new Set(lines).size, lines.length, 'no line comes twice');

  process.kill(hive.pid, 'SIGTERM');
  assert.deepEqual(await once(follower, 'exit'), [3, null]);
  assert.match(await said, /the connection to the daemon ended: connecting again[^]*no hive is running/);
});
