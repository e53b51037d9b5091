import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { descendants, untilAtRest } from '../support/processes.ts';
import { script, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { waitUntil } from '../support/wait.ts';

interface Lease {
  outcome: string | null;
  phase: string;
}

let model: ScriptedModel;
let hive: Hive;
before(async () => {
  model = await startScriptedModel();
  hive = await startHive({ claude: true, models: { anthropic: model.url }, patience: { back_off: [0.2] } });
  await hive.call(methods.loginSet, { provider: 'anthropic', kind: 'api_key', value: 'sk-canary-0123456789abcdef' });
  await hive.addAgent('alice', { runtime: 'claude', model: 'claude-sonnet-5-5' });
});
after(async () => {
  await hive[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

function leases(message: number): Lease[] {
  return hive.rows<Lease>(
    `SELECT leases.outcome, phase FROM leases JOIN turns ON turns.id = turn_id
     WHERE delivery_id IN (SELECT id FROM deliveries WHERE message_id = ?) ORDER BY leases.id`,
    message,
  );
}

async function handled(message: number): Promise<Lease[]> {
  return waitUntil('it is handled', () => leases(message).at(-1)?.outcome === 'acked' && leases(message), 60_000);
}

/** The process that thinks, and the harness above it. */
async function processes(): Promise<{ claude: number; harness: number }> {
  const { container_pid: container } = await hive.agentIn('alice', 'idle');
  const below = descendants(container ?? 0);
  const find = (part: string): number => below.find(({ cmdline }) => cmdline[0]?.includes(part))?.pid ?? 0;
  const harness = below.find(({ cmdline }) => cmdline.some((word) => word.includes('harness/main')));
  return { claude: find('claude'), harness: harness?.pid ?? 0 };
}

/** Requests of the model that were about `words`. */
function askedAbout(words: string): string[] {
  return model.requests
    .filter(({ url }) => url.includes('/v1/messages') && !url.includes('count_tokens'))
    .map(({ body }) => JSON.stringify(body))
    .filter((body) => body.includes(words));
}

test('F26: the runtime is killed after its wake prompt was written and before it read it: unread, so no attempt and no mark', async () => {
  const first = await hive.call(methods.send, { to: 'alice', body: script({ text: 'warm' }) });
  await handled(first.id);
  const { claude, harness } = await processes();
  assert.ok(claude && harness);
  process.kill(claude, 'SIGSTOP');
  const { id } = await hive.call(methods.send, { to: 'alice', body: `unread words ${script({ text: 'done' })}` });
  await waitUntil('the turn is under way', () => leases(id)[0]?.phase === 'starting');
  await untilAtRest(harness);
  assert.deepEqual(askedAbout('unread words'), []);
  process.kill(claude, 'SIGKILL');

  assert.deepEqual(
    (await handled(id)).map(({ outcome }) => outcome),
    ['returned', 'acked'],
  );
  const [delivery] = hive.rows('SELECT attempts, redelivered FROM deliveries WHERE message_id = ?', id);
  assert.deepEqual(delivery, { attempts: 0, redelivered: 0 });
  const asked = askedAbout('unread words');
  assert.equal(asked.length, 1);
  assert.doesNotMatch(asked[0] ?? '', /REDELIVERED/);
});

test('F30: what a turn leaves behind is dead at its end, and its second result belongs to the same ack', async () => {
  const marker = `leftover-${process.pid}-${Date.now()}`;
  const { id } = await hive.call(methods.send, {
    to: 'alice',
    body: script(
      { tool: 'Bash', input: { command: `setsid -f bash -c 'exec -a ${marker} sleep 600' >/dev/null 2>&1` } },
      { tool: 'Bash', input: { command: 'until [ -e ~/go ]; do sleep 0.05; done', run_in_background: true } },
      { tool: 'Bash', input: { command: '(sleep 0.5; touch ~/go) >/dev/null 2>&1 & true' } },
      { text: 'waiting' },
      { text: 'the background work is over' },
    ),
  });
  await waitUntil('the leftover runs', () => running(marker).length > 0, 60_000);
  assert.equal((await handled(id)).length, 1);
  assert.deepEqual(running(marker), []);
  const changes = hive.rows<{ state: string }>(
    `SELECT body ->> 'state' AS state FROM events
     WHERE type = 'delivery.changed' AND body ->> 'delivery' IN (SELECT id FROM deliveries WHERE message_id = ?) ORDER BY seq`,
    id,
  );
  assert.deepEqual(
    changes.map(({ state }) => state),
    ['leased', 'acked'],
  );
  const [turn] = hive.rows<{ tools: string; outcome: string }>(
    "SELECT tools, outcome FROM turns WHERE agent = 'alice' ORDER BY id DESC LIMIT 1",
  );
  assert.deepEqual([turn?.outcome, JSON.parse(turn?.tools ?? '')], ['ok', { Bash: 3 }]);
});

/** Processes of this host whose command line begins with `marker`. */
function running(marker: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(marker);
    } catch {
      return false;
    }
  });
}
