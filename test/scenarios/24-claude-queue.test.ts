import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import type { Turn } from '#src/protocol/shapes.ts';
import { inContainer } from '../support/in-container.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import type { ScriptedCall } from '../support/model/script.ts';
import { script, startScriptedModel } from '../support/scripted-model.ts';
import type { ScriptedModel } from '../support/scripted-model.ts';
import { waitUntil } from '../support/wait.ts';

/** More than fits beside the first message of a turn, less than one page of recv. */
const WIDE = 'wide '.repeat(1600);
const hiveTool = (name: string, input: Record<string, unknown> = {}): ScriptedCall => ({
  tool: `mcp__hive__${name}`,
  input,
});

interface Block {
  type: string;
  text?: string;
  content?: string | { text: string }[];
}

/** Speaks, lists, takes back the second own ask, and fails to take back bob's. */
const IN_A_SHELL =
  'hive send operator "said in a shell" && hive threads list --mine && hive threads cancel 3 && hive threads cancel 1 2>&1 || echo "exit $?"';

/** What Claude Code does in its one turn. */
const STEPS = [
  { tool: 'Bash', input: { command: 'hive recv --max 2' } },
  hiveTool('recv', { max: 2 }),
  hiveTool('ask', { question: 'Red or blue?', options: ['red', 'blue'], deadline: '2h' }),
  hiveTool('ask', { to: 'bob', question: 'Warp or weft?' }),
  hiveTool('list_asks'),
  hiveTool('cancel_ask', { id: 2 }),
  hiveTool('cancel_ask', { id: 1 }),
  hiveTool('list_asks'),
  hiveTool('remind', { message: 'oil the loom', in: '90m' }),
  hiveTool('remind', { message: 'sweep the shop', cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }),
  hiveTool('list_reminders'),
  hiveTool('cancel_reminder', { id: 2 }),
  hiveTool('cancel_reminder', { id: 1 }),
  hiveTool('list_reminders'),
  { tool: 'Bash', input: { command: IN_A_SHELL } },
  { text: 'done' },
];

/** What the model was asked last: the texts of people and harness, and the results of its calls in order. */
function lastRequest(model: ScriptedModel): { texts: string; results: string[] } {
  const { body } = model.requests.findLast(({ url }) => url.includes('/v1/messages'))!;
  const { messages } = body as { messages: { content: string | Block[] }[] };
  const blocks = messages.flatMap(({ content }) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content)); // prettier-ignore
  const textOf = ({ content }: Block): string =>
    typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('\n');
  return {
    texts: blocks.map(({ text }) => text ?? '').join('\n'),
    results: blocks.filter(({ type }) => type === 'tool_result').map(textOf),
  };
}

/** Alice on Claude Code, paused; bob with an ask and a reminder that are not hers. */
async function prepare(hive: Hive): Promise<void> {
  await hive.addAgent('bob');
  await hive.call(methods.loginSet, { provider: 'anthropic', kind: 'api_key', value: 'sk-canary-0123456789abcdef' });
  await hive.addAgent('alice', { runtime: 'claude', model: 'claude-sonnet-5-5' });
  const asked = await hive.call(methods.ask, { to: 'bob', question: 'Is the loom yours?' });
  const reminder = await hive.call(methods.remind, { agent: 'bob', message: 'look at the loom', delay_seconds: 7200 });
  assert.deepEqual([asked.id, reminder.id], [1, 1], 'the script below names them');
  await hive.call(methods.setPaused, { name: 'alice', paused: true });
}

/** Lets alice work and waits for her first turn's end. */
async function firstTurn(hive: Hive): Promise<Turn> {
  await hive.call(methods.setPaused, { name: 'alice', paused: false });
  return waitUntil(
    'the turn ends',
    async () => {
      const { turns } = await hive.call(methods.agentShow, { name: 'alice' });
      return turns.find(({ outcome }) => outcome !== null);
    },
    120_000,
  );
}

/** What each call of {@link STEPS} was answered. */
function judgeResults(results: string[]): void {
  const [
    shown,
    drained,
    ,
    ,
    asks,
    cancelled,
    foreign,
    asksLeft,
    ,
    ,
    reminders,
    ended,
    foreignToo,
    remindersLeft,
    shell,
  ] = results as [string, ...string[]];

  assert.match(shown, /and oil it[^]*only shown and stay queued/);
  assert.match(
    drained!,
    /^hive-deliveries: \d+ \d+\n[^]* from bob [^]* from operator [^]*and oil it\n[^]*\n\(nothing more queued\)$/,
  );
  assert.match(
    asks!,
    /Waiting for your answer: \(empty\)\nAsked by you:\n- thread 2 to operator, .*deadline in (2h|1h).*"Red or blue\?" \[red \| blue\].*\n- thread 3 to bob, .*"Warp or weft\?"/,
  );
  assert.match(cancelled!, /Thread 2 is cancelled/);
  assert.match(foreign!, /cancel_ask failed \(forbidden\)/);
  assert.ok(asksLeft!.includes('thread 3') && !asksLeft!.includes('thread 2'), asksLeft);
  assert.match(
    reminders!,
    /^- reminder 2: .*"oil the loom"\n- reminder 3: .*again by "0 9 \* \* 1-5" \(Europe\/Berlin\): "sweep the shop"\n/m,
  );
  assert.match(ended!, /Reminder 2 .*is cancelled: "oil the loom"/);
  assert.match(foreignToo!, /cancel_reminder failed \((forbidden|not_found)\)/);
  assert.ok(remindersLeft!.includes('reminder 3') && !remindersLeft!.includes('oil'), remindersLeft);
  assert.match(shell!, /Warp or weft[^]*ask 3: cancelled[^]*only its asker cancels it[^]*exit 4/);
}

test('three messages wait for Claude Code: one turn, which drains them, minds its own asks and reminders and no others, and acks all at once', async () => {
  await using model = await startScriptedModel();
  await using hive = await startHive({ claude: true, models: { anthropic: model.url } });
  await prepare(hive);
  const { id: first } = await hive.call(methods.send, { to: 'alice', body: script(...STEPS) });
  await inContainer(hive, 'bob', ['hive', 'send', 'alice', WIDE]);
  const { id: third } = await hive.call(methods.send, { to: 'alice', body: 'and oil it' });

  const turn = await firstTurn(hive);
  assert.deepEqual([turn.outcome, turn.error], ['ok', null]);
  const { texts, results } = lastRequest(model);
  assert.match(
    texts,
    /You have a new message\.[^]*\(\+2 more queued; call recv\(max: 2\) before acting\)\nThey are from bob, operator\./,
  );
  assert.equal(results.length, STEPS.length - 1, results.join('\n---\n'));
  judgeResults(results);

  const { turns } = await hive.call(methods.agentShow, { name: 'alice' });
  assert.equal(turns.length, 1);
  const acks = hive.rows<{ message_id: number; turn_id: number; outcome: string; ended_at: number }>(
    `SELECT d.message_id, l.turn_id, l.outcome, l.ended_at FROM leases l JOIN deliveries d ON d.id = l.delivery_id
     WHERE d.recipient = 'alice' ORDER BY d.id`,
  );
  assert.deepEqual(acks.map((ack) => ack.outcome), ['acked', 'acked', 'acked']); // prettier-ignore
  assert.deepEqual([acks[0]?.message_id, acks[2]?.message_id], [first, third]);
  assert.equal(new Set(acks.map((ack) => `${ack.turn_id} ${ack.ended_at}`)).size, 1, 'one turn, one ack for all');
  const said = hive.rows<{ turn_id: number }>("SELECT turn_id FROM messages WHERE body = 'said in a shell'");
  assert.deepEqual(said, [{ turn_id: turn.id }], 'a shell of the turn speaks in it');
  const kept = hive.rows<{ id: number; state: string }>('SELECT id, state FROM asks ORDER BY id');
  assert.deepEqual(kept.map(({ state }) => state), ['open', 'cancelled', 'cancelled']); // prettier-ignore
});
