import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Does the same in every turn: writes to the operator, asks it, and pushes a commit and a pull request, which only works once. Then it works on. */
const WORKER = [
  ...['sh', '-c'],
  `cat > /shared/prompt-$HIVE_TURN
   hive send operator "the loom is begun" --json > /shared/send-$HIVE_TURN
   hive send '*' "look at the loom" --json > /shared/all-$HIVE_TURN
   hive ask "Red or blue?" --json > /shared/ask-$HIVE_TURN
   if [ ! -e loom ]; then
     git init -q -b main loom && cd loom
     git commit -q --allow-empty -m "Begin the loom" && git push -q $HIVE_FORGE/alice/loom.git main
     git commit -q --allow-empty -m "Weave" && git push -q $HIVE_FORGE/alice/loom.git main:weave
     curl -sf -o /dev/null -X POST -H 'content-type: application/json' \\
       -d '{"title":"Weave","head":"weave","base":"main"}' $HIVE_FORGE/api/v1/repos/alice/loom/pulls
   fi
   touch /shared/began-$HIVE_TURN; until [ -e /shared/go ]; do sleep 0.1; done`,
];

function turns(hive: Hive): number[] {
  return hive.rows<{ id: number }>("SELECT id FROM turns WHERE agent = 'alice' ORDER BY id").map(({ id }) => id);
}

/** What a turn printed into a file of its own. */
function printed(hive: Hive, what: string, turn: number | undefined): { id: number } {
  return JSON.parse(readFileSync(join(hive.home, `shared/${what}-${turn}`), 'utf8')) as { id: number };
}

async function began(hive: Hive, count: number): Promise<number> {
  return waitUntil(
    `turn ${count} did its work`,
    () => {
      const turn = turns(hive)[count - 1];
      return turn !== undefined && existsSync(join(hive.home, `shared/began-${turn}`)) && turn;
    },
    90_000,
  );
}

test('F28: killed after it sent, asked, pushed and opened a pull request: the next turn is told, and the same again is the same', async () => {
  await using hive = await startHive();
  await hive.addAgent('bob');
  const { container_pid: pid } = await hive.addAgent('alice', { command: WORKER });
  assert.ok(pid);
  const { id } = await hive.call(methods.send, { to: 'alice', body: 'weave it' });
  const first = await began(hive, 1);
  await waitUntil(
    'the hive knows of the pull request',
    () => hive.rows('SELECT 1 FROM acts WHERE turn_id = ? AND kind = ?', first, 'pull_request')[0],
  );
  process.kill(pid, 'SIGKILL');
  const second = await began(hive, 2);

  const prompt = readFileSync(join(hive.home, `shared/prompt-${second}`), 'utf8');
  assert.match(prompt, /REDELIVERED/);
  for (const act of [
    /^- send: .*to operator: "the loom is begun"/m,
    /^- send: .*to \*: "look at the loom"/m,
    /^- ask: .*"Red or blue\?"/m,
    /^- push: .*to main of alice\/loom/m,
    /^- push: .*to weave of alice\/loom/m,
    /^- pull_request: .*Weave/m,
  ])
    assert.match(prompt, act);
  for (const what of ['send', 'all', 'ask'])
    assert.equal(printed(hive, what, second).id, printed(hive, what, first).id, `${what} again is the first one`);
  assert.equal(hive.rows("SELECT 1 FROM messages WHERE sender = 'alice'").length, 3);
  assert.equal(hive.rows('SELECT 1 FROM asks').length, 1);

  writeFileSync(join(hive.home, 'shared/go'), '');
  await waitUntil('it is handled', async () => {
    const { messages } = await hive.call(methods.messages, { agent: 'alice' });
    return messages.find((message) => message.id === id)?.deliveries[0]?.state === 'acked';
  });
});
