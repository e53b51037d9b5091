import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

const CALLER = resolve(import.meta.dirname, '../support/repeated-calls.ts');
const REPEATED =
  /\n\(the hive was not reachable for a moment; this call was repeated .* and took effect only once: do not repeat it\)/;

/** Results by tool, once the caller has written them. */
async function results(hive: Hive, name: string): Promise<Record<string, string>> {
  const file = join(hive.home, 'shared', name);
  await waitUntil(`${name} is there`, () => existsSync(file) && readFileSync(file, 'utf8').endsWith('}'), 60_000);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

test('F6: every changing tool that is repeated over a killed daemon takes effect once, answers the same and says so', async () => {
  await using hive = await startHive();
  copyFileSync(CALLER, join(hive.home, 'shared/caller.ts'));
  await hive.addAgent('bob');
  await hive.addAgent('alice', { command: ['sh', '-c', 'until [ -e /shared/two ]; do sleep 0.02; done; exec node /shared/caller.ts'] }); // prettier-ignore
  const { id: asked } = await hive.call(methods.ask, { to: 'alice', question: 'Which branch?' });
  await hive.agentIn('alice', 'working');
  for (const body of ['one', 'two']) await hive.call(methods.send, { to: 'alice', body });
  writeFileSync(join(hive.home, 'shared/two'), '');

  const first = await results(hive, 'first.json');
  await hive.killDaemon('SIGKILL');
  writeFileSync(join(hive.home, 'shared/go'), '');
  await waitUntil('the calls are under way', () => existsSync(join(hive.home, 'shared/calling')));
  await hive.startDaemon();
  const second = await results(hive, 'second.json');

  const names = ['answer', 'ask', 'broadcast', 'cancel_ask', 'cancel_reminder', 'recv', 'remind', 'send', 'set_status'];
  assert.deepEqual(Object.keys(second).toSorted(), names);
  const unmarked = (text = ''): string => text.replaceAll(/(?<=--- (begin|end) )[0-9a-f]{8}/g, 'M');
  for (const name of names) {
    assert.doesNotMatch(first[name] ?? '', / failed \(/, name);
    assert.match(second[name] ?? '', REPEATED, name);
    assert.equal(unmarked(second[name]).replace(REPEATED, ''), unmarked(first[name]), name);
  }
  assert.match(first['recv'] ?? '', /\none\n[^]*\ntwo\n/);

  const count = (sql: string, ...params: unknown[]): number => hive.rows(sql, ...params).length;
  for (const body of ['said once', 'said to all once', 'answered once', 'asked once?'])
    assert.equal(count('SELECT 1 FROM messages WHERE body = ?', body), 1, body);
  assert.equal(count("SELECT 1 FROM deliveries JOIN messages m ON m.id = message_id WHERE m.body = 'said to all once'"), 2); // prettier-ignore
  assert.deepEqual(hive.rows("SELECT state FROM asks WHERE asker = 'alice'"), [{ state: 'cancelled' }]);
  assert.deepEqual(hive.rows('SELECT answer FROM asks WHERE id = ?', asked), [{ answer: 'answered once' }]);
  assert.equal(count("SELECT 1 FROM reminders WHERE message = 'reminded once'"), 1);
  const leases = hive.rows<{ many: number }>(
    `SELECT count(*) AS many FROM leases l JOIN deliveries d ON d.id = l.delivery_id JOIN messages m ON m.id = d.message_id
     WHERE m.body IN ('one', 'two') AND l.turn_id = (SELECT min(turn_id) FROM leases WHERE delivery_id = d.id)`,
  );
  assert.equal(leases[0]?.many, 2, 'a repeated recv leases nothing twice');
});
