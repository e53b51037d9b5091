import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { descendants } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

/** Its first turn makes one commit, and once it is told to go on pushes it and writes to the operator; its second turn ends at once. */
const WORKER = [
  ...['sh', '-c'],
  `cat > /shared/prompt-$HIVE_TURN
   [ -e /shared/began ] && exit 0
   hive turn > /dev/null
   git init -q -b main loom && cd loom && git commit -q --allow-empty -m "Begin the loom"
   touch /shared/began
   until [ -e /shared/go ]; do sleep 0.05; done
   git push -q $HIVE_FORGE/alice/loom.git main; hive send operator "from the thawed turn"`,
];

interface Times {
  session: number;
  outcome: string | null;
  leased: number;
}

/** Begins a turn of alice's, freezes what `victim` names, lets the hive give it up, and thaws it when the next container has its message. */
async function freeze(hive: Hive, victim: (container: number) => number): Promise<void> {
  const { container_pid: container } = await hive.addAgent('alice', { command: WORKER });
  assert.ok(container);
  const { id } = await hive.call(methods.send, { to: 'alice', body: 'build it' });
  await waitUntil('the turn began', () => existsSync(join(hive.home, 'shared/began')));
  const frozen = victim(container);
  process.kill(frozen, 'SIGSTOP');
  writeFileSync(join(hive.home, 'shared/go'), '');

  const leases = (): Times[] =>
    hive.rows<Times>(
      `SELECT session_id AS session, outcome, leased_at AS leased FROM leases
       WHERE delivery_id IN (SELECT id FROM deliveries WHERE message_id = ?) ORDER BY id`,
      id,
    );
  const [, again] = await waitUntil('it is leased again', () => leases().length > 1 && leases(), 60_000);
  assert.throws(() => process.kill(frozen, 'SIGCONT'), { code: 'ESRCH' }, 'nothing is left to thaw');
  assert.throws(() => process.kill(container, 0), { code: 'ESRCH' });
  const [ended] = hive.rows<{ at: number }>(
    'SELECT ended_at AS at FROM containers WHERE session_id = ?',
    leases()[0]?.session,
  );
  assert.ok(ended && again && ended.at <= again.leased, 'the old container was seen dead before');

  await waitUntil('it is handled', () => leases().at(-1)?.outcome === 'acked');
  assert.deepEqual(
    leases().map(({ outcome }) => outcome),
    ['failed', 'acked'],
  );
  const prompts = hive.rows<{ id: number }>("SELECT id FROM turns WHERE agent = 'alice' ORDER BY id");
  assert.match(readFileSync(join(hive.home, `shared/prompt-${prompts[1]?.id}`), 'utf8'), /REDELIVERED/);
  const { messages } = await hive.call(methods.inbox, { peek: true });
  assert.deepEqual(
    messages.filter(({ from }) => from === 'alice'),
    [],
    'the frozen turn said nothing after it was given up',
  );
  assert.equal(hive.rows("SELECT 1 FROM events WHERE type = 'forge.pushed' AND body LIKE '%alice/loom%'").length, 0);
}

const PATIENCE = { phases: { starting: 3, tool: 3 }, back_off: [0.2] };

test('F27: a harness is frozen until its lease is lost: its container is dead before anybody gets the message again', async () => {
  await using hive = await startHive({ patience: PATIENCE });
  await freeze(hive, (container) => {
    const harness = descendants(container).find(({ cmdline }) => cmdline.some((part) => part.includes('harness/main')));
    assert.ok(harness);
    return harness.pid;
  });
});

test('F27: a runtime is frozen until its lease is lost: what it would have pushed and sent never comes', async () => {
  await using hive = await startHive({ patience: PATIENCE });
  await freeze(hive, (container) => {
    const shell = descendants(container).find(({ cmdline }) => cmdline[0] === 'sh' && cmdline[1] === '-c');
    assert.ok(shell);
    return shell.pid;
  });
});
