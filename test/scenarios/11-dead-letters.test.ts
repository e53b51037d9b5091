import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';
import { type CliResult, hive as cli } from '../support/cli.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Takes its message, which confirms that it was read, and goes on until the test lets it end. */
const WORKER = [
  ...['sh', '-c'],
  'cat > /shared/prompt-$HIVE_TURN; hive turn --get body > /shared/body-$HIVE_TURN; touch /shared/began-$HIVE_TURN; until [ -e /shared/go ]; do sleep 0.1; done',
];

/** What alice's turns were about, in order. */
function worked(hive: Hive): string[] {
  const shared = join(hive.home, 'shared');
  const turns = readdirSync(shared).filter((name) => name.startsWith('began-'));
  const numbers = turns.map((name) => Number(name.slice('began-'.length))).toSorted((a, b) => a - b);
  return numbers.map((turn) => readFileSync(join(shared, `body-${turn}`), 'utf8').trim());
}

async function delivery(hive: Hive, body: string): Promise<FlowMessage['deliveries'][number] | undefined> {
  const { messages } = await hive.call(methods.messages, { agent: 'alice' });
  return messages.find((message) => message.body === body)?.deliveries[0];
}

/** Waits for alice's turn number `count` and kills her container in the middle of it. */
async function killInTurn(hive: Hive, count: number): Promise<void> {
  await waitUntil(`turn ${count} began`, () => worked(hive).length === count, 60_000);
  const { container_pid: pid } = await hive.agentIn('alice', 'working');
  assert.ok(pid);
  process.kill(pid, 'SIGKILL');
}

test('F7: an agent dies between taking a message and its end: again with one attempt more, in order, and then a dead letter', async (t) => {
  await using hive = await startHive({ patience: { attempts: 2, back_off: [0.2] } });
  const run = (...args: string[]): Promise<CliResult> => cli(args, { env: { HIVE_HOME: hive.home } });
  await hive.addAgent('alice', { command: WORKER });
  await hive.call(methods.send, { to: 'alice', body: 'poison' });
  await waitUntil('the first turn began', () => worked(hive).length === 1);
  await hive.call(methods.send, { to: 'alice', body: 'second' });

  await killInTurn(hive, 1);
  await waitUntil('the second turn began', () => worked(hive).length === 2, 60_000);
  assert.deepEqual(worked(hive), ['poison', 'poison'], 'nothing overtakes it');
  const again = await delivery(hive, 'poison');
  assert.deepEqual([again?.state, again?.attempts], ['leased', 1]);
  assert.equal((await delivery(hive, 'second'))?.state, 'queued');

  await killInTurn(hive, 2);
  await waitUntil('it is dead', async () => (await delivery(hive, 'poison'))?.state === 'dead');
  writeFileSync(join(hive.home, 'shared/go'), '');
  await waitUntil(
    'the second message is handled',
    async () => (await delivery(hive, 'second'))?.state === 'acked',
    60_000,
  );

  await t.test('the operator sees what died, of what, and its sender was told once', async () => {
    const { dead, total } = JSON.parse((await run('dead', 'list', '--json')).out);
    assert.deepEqual([total, dead[0].delivery, dead[0].attempts, dead[0].excerpt], [1, again?.id, 2, 'poison']);
    assert.match(dead[0].reason, /its container ended/);
    const shown = await run('dead');
    assert.match(shown.out, new RegExp(`^${again?.id} +operator +alice .* 2 +poison +its container ended`, 'm'));
    assert.match(shown.out, /→ \S+ dead retry ID, or \S+ dead dismiss ID/);
    const { messages } = await hive.call(methods.inbox, { peek: true });
    assert.equal(messages.filter(({ body }) => body.includes('is a dead letter now')).length, 1);
  });

  await t.test('retried it is handled, marked; what is not dead is refused', async () => {
    const retried = await run('dead', 'retry', String(again?.id));
    assert.deepEqual([retried.code, retried.out.split('\n')[0]], [0, `queued again: ${again?.id}`]);
    await waitUntil('it is handled', async () => (await delivery(hive, 'poison'))?.state === 'acked');
    assert.deepEqual(worked(hive), ['poison', 'poison', 'second', 'poison']);
    const prompts = readdirSync(join(hive.home, 'shared')).filter((name) => name.startsWith('prompt-'));
    const last = Math.max(...prompts.map((name) => Number(name.slice('prompt-'.length))));
    assert.match(readFileSync(join(hive.home, `shared/prompt-${last}`), 'utf8'), /REDELIVERED/);
    const refused = await run('dead', 'retry', String(again?.id), '--json');
    assert.equal(refused.code, 4);
    assert.deepEqual(JSON.parse(refused.out).refused, [{ delivery: again?.id, reason: 'it is acked, not dead' }]);
    assert.equal((await run('dead', 'list', '--agent', 'alice')).out, '(alice has no dead letters)');
  });

  await t.test('what waits for an agent that is removed is dead, and stays so', async () => {
    await hive.call(methods.setPaused, { name: 'alice', paused: true });
    await hive.call(methods.send, { to: 'alice', body: `too late ${'and long '.repeat(6)}` });
    await hive.call(methods.agentsRemove, { name: 'alice' });
    const refused = await run('dead', 'retry', '--agent', 'alice');
    assert.equal(refused.code, 4);
    assert.match(refused.out, /^\d+ stays as it is: alice was removed$/m);
    assert.match((await run('dead')).out, /too late .*… +alice was removed\n\(--json shows what was cut\)\n/);
    const [id] = /^\d+/.exec(refused.out) ?? [];
    assert.match(
      (await run('dead', 'dismiss', id!)).out,
      new RegExp(`^dismissed: ${id}\n→ \\S+ dead retry ${id} brings one back$`),
    );
    assert.equal((await run('dead', 'dismiss', id!)).code, 4);
    assert.equal((await run('dead')).out, '(no dead letters)');
    assert.ok(!existsSync(join(hive.run, 'agents/alice/hive.sock')));
  });
});
