import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startRig } from '../support/harness.ts';
import { waitUntil } from '../support/wait.ts';

const sh = (script: string): string[] => ['bash', '-c', script];

describe('a harness with the command runtime', () => {
  test('prints the message and ends the turn cleanly when no command is set', async () => {
    await using rig = await startRig();
    rig.start();
    const turn = rig.wake('good morning', 'and a second one');
    const [end] = await waitUntil('the end', () => rig.ends().length > 0 && rig.ends());
    assert.deepEqual([end?.turn, end?.outcome], [turn, 'ok']);
    assert.deepEqual(end?.presented, [1, 2]);
    assert.match(rig.log(), /good morning/);
    assert.deepEqual(rig.daemon.of('next')[0]?.input, { max: 1 }, 'one message at a time');
  });

  test('hands the wake prompt and the environment to its command', async () => {
    await using rig = await startRig({ command: sh('cat > got; env > env; echo "$PWD"') });
    rig.start({ PLANTED_SECRET: 'canary' });
    const turn = rig.wake('read me');
    await waitUntil('the end', () => rig.ends().length > 0);
    assert.match(await readFile(join(rig.state, 'got'), 'utf8'), /from bob[^]*read me/);
    const env = await readFile(join(rig.state, 'env'), 'utf8');
    for (const line of ['HIVE_AGENT=alice', `HIVE_TURN=${turn}`, `HIVE_SOCKET=${join(rig.folder, 'hive.sock')}`])
      assert.ok(env.split('\n').includes(line), line);
    assert.doesNotMatch(env, /canary|nnnnnnnn/);
  });

  test('reports a command that fails or cannot start, and goes on with the next turn', async () => {
    await using rig = await startRig({ command: sh('cat >/dev/null; echo broken >&2; exit 3') });
    rig.start();
    rig.wake('one');
    await waitUntil('the end', () => rig.ends().length === 1);
    rig.daemon.order({ type: 'config', config: { ...rig.config, command: ['/no/such/program'] } });
    rig.wake('two');
    await waitUntil('the end', () => rig.ends().length === 2);
    rig.daemon.order({ type: 'config', config: { ...rig.config, command: null } });
    rig.wake('three');
    await waitUntil('the end', () => rig.ends().length === 3);
    const ends = rig.ends();
    assert.deepEqual(
      ends.map((end) => [end.outcome, end.presented.length, end.unseen?.length]),
      [['failed', 1, 0], ['failed', 0, 1], ['ok', 1, 0]], // prettier-ignore
    );
    assert.match(ends[0]?.error ?? '', /exit code 3[^]*broken/);
    assert.match(ends[1]?.error ?? '', /ENOENT/);
  });

  test('a command that is killed after its prompt was written may have read it: reported as presented', async () => {
    await using rig = await startRig({ command: sh('cat > got; kill -KILL $$') });
    rig.start();
    rig.wake('one');
    const [end] = await waitUntil('the end', () => rig.ends().length > 0 && rig.ends());
    assert.match(await readFile(join(rig.state, 'got'), 'utf8'), /one/);
    assert.deepEqual([end?.outcome, end?.presented], ['failed', [1]]);
  });

  test('cancels a turn when the daemon asks for it, by order or in an answer', async () => {
    await using rig = await startRig({ command: sh('cat >/dev/null; sleep 600') });
    rig.start();
    const first = rig.wake('one');
    await waitUntil('the command', () => rig.activities().some(({ phase }) => phase === 'tool'));
    rig.daemon.order({ type: 'cancel_turn', turn: first, reason: 'the operator paused it' });
    await waitUntil('the end', () => rig.ends().length === 1);
    rig.daemon.answers['turn_activity'] = () => ({ cancel: true });
    rig.wake('two');
    await waitUntil('the end', () => rig.ends().length === 2);
    const [one, two] = rig.ends();
    assert.deepEqual([one?.outcome, two?.outcome], ['cancelled', 'cancelled']);
    assert.match(one?.error ?? '', /the operator paused it/);
  });

  test('SIGTERM cancels the turn, reports it and ends with 0', async () => {
    await using rig = await startRig({ command: sh('cat >/dev/null; sleep 600') });
    const child = rig.start();
    rig.wake('one');
    await waitUntil('the command', () => rig.activities().some(({ phase }) => phase === 'tool'));
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.equal(rig.ends()[0]?.outcome, 'cancelled');
  });

  test('an order to stop lets the running turn end first', async () => {
    await using rig = await startRig({ command: sh('cat >/dev/null; until [ -e go ]; do sleep 0.02; done') });
    const child = rig.start();
    rig.wake('one');
    await waitUntil('the command', () => rig.activities().some(({ phase }) => phase === 'tool'));
    rig.daemon.order({ type: 'stop', reason: 'a new build' });
    await writeFile(join(rig.state, 'go'), '');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.equal(rig.ends()[0]?.outcome, 'ok');
    assert.equal(rig.daemon.of('next').length, 1);
  });
});
