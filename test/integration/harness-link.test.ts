import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { freePort } from '../support/free-port.ts';
import { startRig } from '../support/harness.ts';
import type { HarnessRig } from '../support/harness.ts';
import { callTool } from '../support/mcp.ts';
import { isAlive } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

/** A command that ends when the test says so. */
const UNTIL_GO = ['bash', '-c', 'cat >/dev/null; until [ -e go ]; do sleep 0.02; done'];

const inTool = (rig: HarnessRig): boolean => rig.activities().some(({ phase }) => phase === 'tool');
const spool = (rig: HarnessRig): Promise<string[]> => readdir(join(rig.folder, 'alice/harness/spool'));

describe('a harness whose daemon', () => {
  test('dies during a turn lets it end, spools that, and reports it once to the next daemon with the same nonce', async () => {
    await using rig = await startRig({ command: UNTIL_GO });
    rig.start();
    const turn = rig.wake('one');
    await waitUntil('the command', () => inTool(rig));
    await rig.daemon.kill();
    await writeFile(join(rig.state, 'go'), '');
    await waitUntil('the spool', async () => (await spool(rig)).includes(`turn-${turn}.json`));
    rig.daemon.answers['hello'] = () => ({ session: 1, resumed: true, turn, config: rig.config });
    await rig.daemon.listen();
    await waitUntil('the next turn', () => rig.daemon.of('next').length === 2);
    const hellos = rig.daemon.of('hello').map(({ input }) => input['nonce']);
    assert.equal(hellos.length, 2);
    assert.equal(hellos[0], hellos[1]);
    const ends = rig.ends().map((end) => JSON.stringify(end));
    assert.equal(new Set(ends).size, 1, 'a repeated report says the same');
    assert.match(ends[0]!, /"outcome":"ok"/);
    assert.deepEqual(await spool(rig), []);
  });

  test('dies after it took the report but before its answer is told again', async () => {
    await using rig = await startRig();
    let cuts = 0;
    rig.daemon.answers['turn_end'] = ({ input }, peer) => {
      if (cuts++ === 0) peer.cut();
      return { acked: input['presented'], requeued: [] };
    };
    rig.start();
    rig.wake('one');
    await waitUntil('the second report', () => rig.ends().length >= 2);
    await waitUntil('the next turn', () => rig.daemon.of('next').length >= 2);
  });

  test('cuts the answer of next: nothing runs, the turn is asked for again', async () => {
    await using rig = await startRig();
    const handOut = rig.daemon.answers['next']!;
    rig.daemon.answers['next'] = (call, peer) => {
      rig.daemon.answers['next'] = handOut;
      peer.cut();
      return {};
    };
    rig.start();
    const turn = rig.wake('one');
    const end = await waitUntil('the end', () => rig.ends()[0]);
    assert.deepEqual([end.turn, end.outcome], [turn, 'ok']);
  });

  test('F6: cuts the reply of a tool is asked again with the same key, and the result says so', async () => {
    await using rig = await startRig({ command: UNTIL_GO });
    const port = await freePort();
    rig.start({ HIVE_LOOPBACK_PORT: String(port) });
    const turn = rig.wake('one');
    await waitUntil('the command', () => inTool(rig));
    let cuts = 0;
    rig.daemon.answers['send'] = (_call, peer) => {
      if (cuts++ === 0) peer.cut();
      return { id: 9, recipients: ['bob'], parked: false, note: null };
    };
    const { text } = await callTool(`http://127.0.0.1:${port + 2}/mcp`, 'send', { to: 'bob', body: 'hi' }, 'toolu_7');
    assert.match(text, /^Sent as #9 to bob[^]*this call was repeated .+ and took effect only once/);
    const inputs = rig.daemon.of('send').map(({ input }) => input);
    const keyed = { to: 'bob', body: 'hi', key: `turn-${turn}:toolu_7`, turn };
    assert.deepEqual(inputs, [keyed, keyed]);
    await writeFile(join(rig.state, 'go'), '');
  });

  test('refuses the session makes it end with 4; its successor reports the turn that was cut off', async () => {
    await using rig = await startRig({ command: UNTIL_GO });
    const child = rig.start();
    const turn = rig.wake('one');
    await waitUntil('the command', () => inTool(rig));
    const welcome = rig.daemon.answers['hello']!;
    rig.daemon.answers['hello'] = () => {
      throw new HiveError('forbidden', 'this session was replaced');
    };
    await rig.daemon.kill();
    await rig.daemon.listen();
    const [code] = await once(child, 'exit');
    assert.equal(code, 4);
    assert.match(rig.log(), /this session was replaced/);
    assert.equal(rig.ends().length, 0);

    rig.daemon.answers['hello'] = welcome;
    rig.start();
    await waitUntil('the loop', () => rig.daemon.of('next').length > 1);
    assert.deepEqual(rig.ends().map((end) => [end.turn, end.outcome]), [[turn, 'cancelled']]); // prettier-ignore
    assert.deepEqual(await spool(rig), []);
  });

  test('still believes the old connection alive is asked until it knows better', async () => {
    await using rig = await startRig();
    let busy = 3;
    rig.daemon.answers['hello'] = () => {
      if (busy-- > 0) throw new HiveError('conflict', 'already connected', { retry: true });
      return { session: 1, resumed: true, turn: null, config: rig.config };
    };
    rig.start();
    await waitUntil('the loop', () => rig.daemon.of('next').length > 0);
    assert.equal(rig.daemon.of('hello').length, 4);
  });

  test('dies while the harness is idle is asked for the next turn before it answers the hello', async () => {
    await using rig = await startRig();
    rig.start();
    await waitUntil('the loop', () => rig.daemon.of('next').length === 1);
    await rig.daemon.kill();
    const asked = Promise.withResolvers<void>();
    rig.daemon.answers['hello'] = async () => {
      await asked.promise;
      return { session: 1, resumed: true, turn: null, config: rig.config };
    };
    await rig.daemon.listen();
    await waitUntil('the call for the next turn', () => rig.daemon.of('next').length === 2);
    asked.resolve();
    const connections = ['hello', 'next'].map((cmd) => rig.daemon.of(cmd).at(-1)?.connection);
    assert.equal(connections[0], connections[1]);
  });

  test('is not there yet is waited for; SIGTERM ends the wait', async () => {
    await using rig = await startRig();
    await rig.daemon.kill();
    const child = rig.start();
    child.kill('SIGCONT');
    await rig.daemon.listen();
    await waitUntil('the loop', () => rig.daemon.of('next').length > 0);
    await rig.daemon.kill();
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  test('runs a command for the operator: output in pieces, then the exit code', async () => {
    await using rig = await startRig();
    rig.daemon.answers['exec_output'] = () => ({});
    rig.start();
    await waitUntil('the loop', () => rig.daemon.of('next').length > 0);
    const argv = ['bash', '-c', 'head -c 150000 /dev/zero | tr "\\0" "ü"; echo no >&2; exit 5'];
    rig.daemon.order({ type: 'exec', exec: 7, argv });
    rig.daemon.order({ type: 'exec', exec: 8, argv: ['/no/such/program'] });
    const outputs = (exec: number) => rig.daemon.of('exec_output').filter(({ input }) => input['exec'] === exec);
    await waitUntil('the exits', () => [7, 8].every((exec) => outputs(exec).some(({ input }) => 'exit_code' in input)));
    const seven = outputs(7).map(({ input }) => input);
    const text = (stream: string): string => seven.filter((each) => each['stream'] === stream).map((each) => each['data']).join(''); // prettier-ignore
    assert.equal(text('stdout').length, 150_000);
    assert.equal(text('stderr'), 'no\n');
    assert.equal(seven.at(-1)?.['exit_code'], 5);
    assert.ok(seven.every(({ data }) => typeof data !== 'string' || data.length <= 48 * 1024));
    assert.equal(outputs(8).at(-1)?.input['exit_code'], 127);
    assert.match(
      String(outputs(8)[0]?.input['data']),
      /^hive: there is no program "\/no\/such\/program" in this container$/m,
    );
  });

  test('ends a command that nobody watches any more, with what it started, also when it does not want to', async () => {
    await using rig = await startRig();
    rig.daemon.answers['exec_output'] = () => ({});
    rig.start();
    await waitUntil('the loop', () => rig.daemon.of('next').length > 0);
    const argv = ['bash', '-c', 'trap "" TERM; sleep 600 & echo $!; while :; do wait; done'];
    rig.daemon.order({ type: 'exec', exec: 9, argv });
    const outputs = () => rig.daemon.of('exec_output').map(({ input }) => input);
    const child = Number(await waitUntil('its child', () => outputs().find(({ data }) => data)?.['data']));
    assert.ok(isAlive(child));
    rig.daemon.order({ type: 'end_exec', exec: 9 });
    await waitUntil('its end', () => outputs().some((input) => 'exit_code' in input));
    assert.equal(isAlive(child), false);
  });

  test('ends a command whose daemon is gone: nobody watches it any more, and one that the next daemon orders runs', async () => {
    await using rig = await startRig();
    rig.daemon.answers['exec_output'] = () => ({});
    rig.start();
    await waitUntil('the loop', () => rig.daemon.of('next').length > 0);
    rig.daemon.order({ type: 'exec', exec: 9, argv: ['bash', '-c', 'sleep 600 & echo $!; wait'] });
    const outputs = () => rig.daemon.of('exec_output').map(({ input }) => input);
    const child = Number(await waitUntil('its child', () => outputs().find(({ data }) => data)?.['data']));
    await rig.daemon.kill();
    rig.daemon.answers['hello'] = () => ({ session: 1, resumed: true, turn: null, config: rig.config });
    const calls = rig.daemon.of('next').length;
    await rig.daemon.listen();
    await waitUntil('the loop again', () => rig.daemon.of('next').length > calls);
    rig.daemon.order({ type: 'exec', exec: 10, argv: ['true'] });
    await waitUntil('the end of both', () =>
      [9, 10].every((exec) => outputs().some((input) => input['exec'] === exec && 'exit_code' in input)),
    );
    assert.equal(isAlive(child), false);
    assert.equal(outputs().find((input) => input['exec'] === 10 && 'exit_code' in input)?.['exit_code'], 0);
  });
});
