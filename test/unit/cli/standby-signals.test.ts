import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Standby } from '#src/cli/supervisor/standby.ts';
import { BEGIN } from '#src/protocol/standby.ts';

/** Says that it runs, then what it is told; ends with 0 when it is asked to. */
const WAITS = [
  '-e',
  'process.on("SIGTERM", () => process.exit()); process.stdin.pipe(process.stdout); console.log("runs")',
  '--',
];

interface Stand {
  standby: Standby;
  child: ChildProcess;
  said: string[];
}

/** One that runs and waits. */
async function stand(): Promise<Stand> {
  const said: string[] = [];
  const children: ChildProcess[] = [];
  const start = (args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  const standby = new Standby({ start, say: (line) => void said.push(line) });
  standby.prepare(WAITS);
  const child = children[0]!;
  await once(child.stdout!, 'data');
  return { standby, child, said };
}

test('a daemon that was stopped while it stood by takes over all the same', { timeout: 20_000 }, async () => {
  const { standby, child } = await stand();
  try {
    child.kill('SIGSTOP');
    assert.equal(standby.take(WAITS), child);
    assert.equal(await text(child.stdout!), BEGIN);
  } finally {
    child.kill('SIGKILL');
  }
});

test('that a daemon which stands by ends with the hive is not told', async () => {
  const { standby, child, said } = await stand();
  child.kill('SIGTERM');
  await once(child, 'exit');
  assert.deepEqual([standby.isReady, said], [false, []]);
});
