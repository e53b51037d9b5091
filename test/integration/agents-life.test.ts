import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { DeliveryState } from '#src/protocol/shapes.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

const NOBODY = { all: false, agents: false, ci: false, forge: false, gateway: false, matrix: false };

function only(...agent_names: string[]): { scope: typeof NOBODY & { agent_names: string[] } } {
  return { scope: { ...NOBODY, agent_names } };
}

async function stateOf(hive: Hive, message: number): Promise<DeliveryState | undefined> {
  const { messages } = await hive.call(methods.messages, { max: 200 });
  return messages.find(({ id }) => id === message)?.deliveries[0]?.state;
}

/** Runs a command in an agent's container; answers what it printed and its exit code. */
async function exec(hive: Hive, name: string, argv: string[]): Promise<{ printed: string; code: number }> {
  const client = await hive.operator();
  let printed = '';
  return new Promise((resolve, reject) => {
    client
      .stream(methods.exec, { name, argv }, (event) => {
        if (event.type === 'output') printed += event.data;
        else resolve({ printed, code: event.exit_code });
      })
      .catch(reject);
  });
}

test('the life of an agent, by the operator’s verbs', async (t) => {
  await using hive = await startHive();
  const first = await hive.addAgent('alice', { role: 'builds things' });

  await t.test('names that cannot be are refused with the rule, a second one of the same name too', async () => {
    for (const name of ['../evil', 'hive', 'api', '-x', 'operator']) {
      await assert.rejects(
        hive.call(methods.agentsAdd, { name }),
        (error: HiveError) => error.code === 'invalid' && error.message.includes(name),
      );
    }
    await assert.rejects(hive.call(methods.agentsAdd, { name: 'alice' }), { code: 'conflict' });
  });

  await t.test('the manager goes only by force, and another one is made by its name or by --manager', async () => {
    const send = (): Promise<string[]> =>
      hive.call(methods.send, { to: 'manager', body: 'hello' }).then(({ recipients }) => recipients);
    const managers = async (): Promise<string[]> =>
      (await hive.agents()).filter(({ manager }) => manager).map(({ name }) => name);
    await assert.rejects(hive.call(methods.agentsAdd, { name: 'boss', manager: true }), {
      code: 'conflict',
      message: /^manager manages the hive already, .*`hive agents remove manager --force`$/,
    });
    await assert.rejects(hive.call(methods.agentsRemove, { name: 'manager' }), {
      code: 'conflict',
      message: /^manager manages the hive: without it .*`hive agents remove manager --force`$/,
    });
    assert.deepEqual([await managers(), await send()], [['manager'], ['manager']]);
    await hive.call(methods.agentsRemove, { name: 'manager', force: true });
    await assert.rejects(send(), { code: 'not_found', message: /^no agent manages the hive: choose from alice/ });
    await hive.addAgent('boss', { manager: true });
    assert.deepEqual([await managers(), await send()], [['boss'], ['boss']]);
    await hive.call(methods.agentsRemove, { name: 'boss', force: true });
    await hive.addAgent('manager');
    assert.deepEqual([await managers(), await send()], [['manager'], ['manager']]);
  });

  await t.test('exec runs inside the container and answers output and exit code', async () => {
    const { printed, code } = await exec(hive, 'alice', ['sh', '-c', 'id -u; hostname; exit 7']);
    assert.deepEqual([printed, code], ['1000\nalice\n', 7]);
  });

  await t.test('a paused agent starts no turn; mail waits until it is resumed', async () => {
    await hive.call(methods.setPaused, { name: 'alice', paused: true });
    await hive.call(methods.setPaused, { name: 'alice', paused: true });
    const { id } = await hive.call(methods.send, { to: 'alice', body: 'later' });
    const paused = await hive.agentIn('alice', 'paused');
    assert.deepEqual([paused.queued, paused.running, paused.container_pid], [1, true, first.container_pid]);
    await hive.call(methods.setPaused, { name: 'alice', paused: false });
    await waitUntil('it was handled', async () => (await stateOf(hive, id)) === 'acked');
  });

  await t.test('a scope that names nothing is refused, and never means everything', async () => {
    await assert.rejects(
      hive.call(methods.stop, { scope: { ...NOBODY, agent_names: [] } }),
      /names nothing.*"all": true/,
    );
    await assert.rejects(
      hive.call(methods.stop, { scope: { ...NOBODY, forge: true, agent_names: [] } }),
      /"forge" cannot be/,
    );
    assert.equal((await hive.agentIn('alice', 'idle')).running, true);
  });

  await t.test('a stopped agent has no container and stays stopped over a restart of the daemon', async () => {
    await hive.call(methods.stop, { ...only('alice'), graceful: true });
    const stopped = await hive.agentIn('alice', 'stopped');
    assert.deepEqual([stopped.running, stopped.container_pid], [false, null]);
    await hive.killDaemon('SIGTERM');
    await hive.startDaemon();
    assert.equal((await hive.agentIn('alice', 'stopped')).running, false);
    await hive.call(methods.start, only('alice'));
    await hive.agentIn('alice', 'idle');
  });

  await t.test('restart and kill bring another container', async () => {
    const pids = [(await hive.agentIn('alice', 'idle')).container_pid];
    await hive.call(methods.restart, { name: 'alice' });
    pids.push((await hive.agentIn('alice', 'idle')).container_pid);
    await hive.call(methods.kill, { name: 'alice' });
    pids.push((await hive.agentIn('alice', 'idle')).container_pid);
    assert.equal(new Set(pids).size, 3);
  });

  await t.test('a container that dies by itself is started again after a pause', async () => {
    const { container_pid: pid } = await hive.agentIn('alice', 'idle');
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await waitUntil('a new container', async () => {
      const row = await hive.agentIn('alice', 'idle');
      return row.container_pid !== pid && row;
    });
    assert.equal(again.exit_code, 137);
  });

  await t.test('a removed agent is gone and its mail is dead; purge deletes its files', async () => {
    await hive.call(methods.setPaused, { name: 'alice', paused: true });
    const { id } = await hive.call(methods.send, { to: 'alice', body: 'too late' });
    await hive.call(methods.agentsRemove, { name: 'alice' });
    assert.deepEqual(
      (await hive.agents()).map(({ name }) => name),
      ['manager'],
    );
    assert.equal(await stateOf(hive, id), 'dead');
    assert.ok(existsSync(join(hive.home, 'agents/alice/state')));
    await assert.rejects(hive.call(methods.send, { to: 'alice', body: 'x' }), { code: 'not_found' });
    await hive.call(methods.agentsRemove, { name: 'alice', purge: true });
    assert.ok(!existsSync(join(hive.home, 'agents/alice')));
  });

  await t.test('an agent without a model credential waits, and says how to get in', async () => {
    const zoe = await hive.addAgent('zoe', { runtime: 'claude' }, 'needs_login');
    assert.match(zoe.detail ?? '', /hive login/);
    const { id } = await hive.call(methods.send, { to: 'zoe', body: 'hi' });
    await hive.agentIn('manager', 'idle');
    assert.equal(await stateOf(hive, id), 'queued');
    assert.equal((await hive.agentIn('zoe', 'needs_login')).turns_today, 0);
  });
});
