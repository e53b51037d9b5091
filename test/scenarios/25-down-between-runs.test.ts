import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { hive as cli, type CliResult } from '../support/cli.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

/** After so many ends the supervisor pauses for 5 s: long enough for a command to begin and to end within. */
const ENDS = 4;

const run = (hive: Hive, ...args: string[]): Promise<CliResult> => cli(args, { env: { HIVE_HOME: hive.home } });

/** Kills each daemon that the supervisor starts, until it pauses for long. */
async function killUntilPause(hive: Hive): Promise<void> {
  for (let round = 0; round < ENDS; round++) {
    const pid = await waitUntil('the supervisor runs a daemon', () => childrenOf(hive.pid)[0]);
    process.kill(pid, 'SIGKILL');
    await waitUntil('it is gone', () => !childrenOf(hive.pid).includes(pid));
  }
}

test('down while the supervisor pauses ends it, and the containers that the dead daemon left', async () => {
  await using hive = await startHive({ supervised: true });
  const { container_pid: container } = await hive.addAgent('alice');
  const supervisor = hive.pid;
  await killUntilPause(hive);
  assert.ok(isAlive(container!), 'her container went on');

  const { code, err } = await run(hive, 'down');
  assert.equal(code, 0, err);
  assert.deepEqual([isAlive(supervisor), isAlive(container!)], [false, false]);
  assert.equal((await run(hive, 'status')).code, 3);
});

test('down after daemon and supervisor died ends the containers they left, and then there is nothing to end', async () => {
  await using hive = await startHive({ supervised: true });
  const { container_pid: container } = await hive.addAgent('alice');
  const supervisor = hive.pid;
  const { pid } = await hive.call(methods.status, {});
  for (const dying of [supervisor, pid]) process.kill(dying, 'SIGKILL');
  await waitUntil('both are gone', () => !isAlive(supervisor) && !isAlive(pid));
  assert.ok(isAlive(container!), 'her container went on');
  assert.match((await run(hive, 'status')).err, /agents' containers go on, .*hive down ends them/);
  assert.equal((await run(hive, 'down', '--keep-containers')).code, 3);

  const { code, err } = await run(hive, 'down');
  assert.equal(code, 0, err);
  assert.equal(isAlive(container!), false);
  assert.equal((await run(hive, 'status')).code, 3);
  assert.match((await run(hive, 'down')).err, /no hive is running for .*hive up$/);
});

test('down deletes what one that stood by left, when it was killed while it warmed up and the supervisor with it', async () => {
  await using hive = await startHive();
  const warmUp = join(hive.run, 'warm-up');
  mkdirSync(warmUp, { mode: 0o700 });
  writeFileSync(join(warmUp, 'hive.db'), '');
  const { code, err } = await run(hive, 'down');
  assert.deepEqual([code, existsSync(warmUp)], [0, false], err);
});

test('down --purge while the supervisor pauses leaves neither home nor process', async () => {
  const hive = await startHive({ supervised: true });
  const supervisor = hive.pid;
  await killUntilPause(hive);
  try {
    const { code, err } = await run(hive, 'down', '--purge');
    assert.equal(code, 0, err);
    assert.deepEqual([isAlive(supervisor), existsSync(hive.home)], [false, false]);
  } finally {
    if (existsSync(hive.home)) await hive[Symbol.asyncDispose]();
    else await rm(hive.run, { recursive: true, force: true });
  }
});

test('a command while the supervisor pauses says that the daemon crashed, waits for the next one and takes effect', async () => {
  await using hive = await startHive({ supervised: true });
  await killUntilPause(hive);
  const { code, out, err } = await run(hive, 'status');
  assert.deepEqual([code, out.includes(`hive ${hive.home} up since`)], [0, true], err);
  const log = join(hive.home, 'logs/start.log');
  assert.equal(
    err,
    `hive: the daemon of ${hive.home} crashed and is being started again (see ${log}): waiting for up to 15 s`,
  );
});

test('up while the supervisor pauses waits for its next daemon and starts no other', async () => {
  await using hive = await startHive({ supervised: true });
  await killUntilPause(hive);
  const { code, err } = await run(hive, 'up');
  assert.equal(code, 0, err);
  assert.deepEqual(childrenOf(hive.pid), [(await hive.call(methods.status, {})).pid]);
});

test('a daemon that dies on the way down is not started again, and down says so', async () => {
  await using hive = await startHive({ supervised: true });
  await hive.addAgent('alice');
  const supervisor = hive.pid;
  const { pid } = await hive.call(methods.status, {});
  const down = run(hive, 'down');
  const log = join(hive.home, 'logs/current.log');
  await waitUntil('the daemon is ending', () => readFileSync(log, 'utf8').includes('"stopping"'));
  process.kill(pid, 'SIGKILL');

  const { code, err } = await down;
  assert.match(err, /died before everything was ended: \S+ down again ends what is left/);
  assert.deepEqual([code, isAlive(supervisor)], [1, false]);
});
