import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { execa } from 'execa';
import { HIVE, hive } from '../support/cli.ts';

/** Folders and processes that carry a demo's mark. */
async function leftovers(): Promise<string[]> {
  const folders = (await readdir('/tmp')).filter((name) => name.startsWith('hive-demo-'));
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .filter((line) => line.includes('hive-demo-'));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return [...folders, ...mounts, ...lines.filter((line) => line.includes('hive-demo-'))];
}

test('three agents ask, push, review, merge and remind in a throw-away hive; nothing is lost, doubled or left behind', async () => {
  const before = await leftovers();
  const { code, out, err } = await hive(['demo', '--json'], { timeoutMs: 400_000 });
  assert.equal(code, 0, `${out}\n${err}`);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const result = lines.pop()!;
  assert.deepEqual([result.ok, result.lost, result.duplicated, result.steps], [true, 0, 0, 15], out);
  assert.ok(lines.every((line) => line.ok === true && String(line.url).startsWith('http://')));
  const steps = lines.map((line) => line.step);
  for (const step of [
    'alice creates a repository by pushing',
    'bob approves',
    'alice merges',
    'a reminder fires for the manager',
  ]) {
    assert.ok(steps.includes(step), step);
  }
  assert.deepEqual(await leftovers(), before);
});

for (const [moment, seen, signal] of [
  ['while setup runs', 'Host packages', 'SIGINT'],
  ['while the hive starts', 'Gitea', 'SIGTERM'],
  ['while bob joins', 'alice joins', 'SIGHUP'],
] as const) {
  test(`a demo that is interrupted ${moment} takes everything away and says so in one line`, async () => {
    const before = await leftovers();
    const { code, err } = await interruptedAt(seen, signal);
    assert.equal(code, 130, err);
    assert.deepEqual(
      err.split('\n').filter((line) => !/^[✓✗] /u.test(line)),
      ['hive: interrupted; nothing of the demo is left'],
    );
    assert.deepEqual(await leftovers(), before);
  });
}

test('a demo whose reader goes away after one line takes everything away', async () => {
  const before = await leftovers();
  const piped = ['-c', '"$0" demo | head -n 1; echo "${PIPESTATUS[0]}"', HIVE];
  const { stdout, stderr } = await execa('bash', piped, { timeout: 120_000 });
  assert.match(stdout, /^✓ .+\n130$/u);
  assert.match(stderr, /\nhive: nobody reads what it prints; nothing of the demo is left$/);
  assert.deepEqual(await leftovers(), before);
});

test('a demo whose terminal is gone takes everything away', async () => {
  const before = await leftovers();
  const run = execa(HIVE, ['demo'], { reject: false, timeout: 120_000, buffer: false });
  await once(run.stderr, 'data');
  run.stdout.destroy();
  run.stderr.destroy();
  run.kill('SIGHUP');
  assert.equal((await run).exitCode, 130);
  assert.deepEqual(await leftovers(), before);
});

/** Runs the demo and interrupts it, twice as the impatient do, when a line with `seen` comes. */
async function interruptedAt(seen: string, signal: NodeJS.Signals): Promise<{ code: number | undefined; err: string }> {
  const run = execa(HIVE, ['demo'], { all: true, reject: false, timeout: 120_000 });
  for await (const line of run.iterable({ from: 'all' })) {
    if (!line.includes(seen)) continue;
    run.kill(signal);
    setImmediate(() => run.kill(signal));
  }
  const { exitCode, stderr } = await run;
  return { code: exitCode, err: stderr };
}
