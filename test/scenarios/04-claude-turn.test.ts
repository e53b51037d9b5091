import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import type { Turn } from '#src/protocol/shapes.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { script, startScriptedModel } from '../support/scripted-model.ts';
import { inContainer } from '../support/in-container.ts';
import { waitUntil } from '../support/wait.ts';

const MODEL = 'claude-sonnet-5-5';
const KEY = 'sk-canary-0123456789abcdef';

/** Sends a script to alice and waits until the turn that it woke has ended. */
async function turn(hive: Hive, body: string): Promise<Turn> {
  const before = (await hive.call(methods.agentShow, { name: 'alice' })).turns.length;
  await hive.call(methods.send, { to: 'alice', body });
  return waitUntil(
    'the turn ends',
    async () => {
      const { turns } = await hive.call(methods.agentShow, { name: 'alice' });
      return turns.length > before && turns[0]?.outcome ? turns[0] : undefined;
    },
    60_000,
  );
}

/** Sends, asks, pushes, waits for a sign, and takes what arrived meanwhile. */
function busyScript(forge: string): string {
  const push = [
    'set -e; rm -rf loom; git init -q loom; cd loom; echo "# loom" > README.md; git add .; git commit -qm "Begin the loom"',
    `git push -q ${forge}/alice/loom.git main`,
  ].join('; ');
  const untilTold = 'until [ -e ~/told ]; do sleep 0.05; done';
  return script(
    { tool: 'mcp__hive__send', input: { to: 'bob', body: 'hello bob' } },
    { tool: 'mcp__hive__ask', input: { question: 'Red or blue?', options: ['red', 'blue'] } },
    { tool: 'Bash', input: { command: push } },
    { tool: 'Bash', input: { command: untilTold } },
    { tool: 'mcp__hive__recv', input: { max: 3 } },
    { text: 'done' },
  );
}

test('Claude Code in a container sends, asks, pushes, hears of mail that arrives meanwhile; its second turn is warm', async () => {
  await using model = await startScriptedModel();
  await using hive = await startHive({ claude: true, models: { anthropic: model.url } });
  await hive.addAgent('bob');
  await hive.call(methods.loginSet, { provider: 'anthropic', kind: 'api_key', value: KEY });
  await hive.addAgent('alice', { runtime: 'claude', model: MODEL });

  const going = turn(hive, busyScript(hive.urls.forge));
  await waitUntil(
    'alice waits',
    async () => (await hive.agentIn('alice', 'working')).activity?.includes('told'),
    60_000,
  );
  const late = await hive.call(methods.send, { to: 'alice', body: 'and one thing more' });
  const exec = await (await hive.operator()).stream(methods.exec, { name: 'alice', argv: ['touch', '/agents/alice/state/told'] }, () => {}); // prettier-ignore
  assert.ok(exec.answer.exec);
  const first = await going;
  assert.deepEqual([first.outcome, first.error], ['ok', null]);
  assert.deepEqual(first.tools, { mcp__hive__send: 1, mcp__hive__ask: 1, Bash: 2, mcp__hive__recv: 1 });

  const requests = model.requests.filter(({ url }) => url.includes('/v1/messages'));
  const last = JSON.stringify(requests.at(-1)?.body);
  assert.ok(last.includes('A new message from operator arrived'), 'the hook told of it');
  assert.ok(last.includes('and one thing more'), 'recv gave it');
  assert.ok(
    requests.every(({ headers }) => headers['x-api-key'] === KEY),
    'the edge adds the key',
  );

  const { messages } = await hive.call(methods.messages, { agent: 'alice' });
  const states = messages.filter(({ to }) => to === 'alice').map(({ id, deliveries }) => [id, deliveries[0]?.state]);
  assert.ok(states.length >= 2 && states.every(([, state]) => state === 'acked'), JSON.stringify(states));
  assert.ok(states.some(([id]) => id === late.id));
  const { threads } = await hive.call(methods.threadsList, {});
  assert.deepEqual([threads[0]?.asker, threads[0]?.question], ['alice', 'Red or blue?']);
  const pushed = hive.rows<{ body: string }>("SELECT body FROM events WHERE type = 'forge.pushed'");
  assert.ok(pushed.some(({ body }) => body.includes('alice/loom')));

  const second = await turn(hive, script({ text: 'again' }));
  assert.equal(second.outcome, 'ok');
  const { lines } = await hive.call(methods.logs, { of: 'alice' });
  assert.equal(lines.filter((line) => line.includes('runtime started')).length, 1);

  const { refused } = await hive.call(methods.overview, {});
  assert.deepEqual(refused, [], 'no outside host was asked for through the proxy');
  const peers = await peersOf(hive, 'alice');
  assert.ok(peers.length > 0, 'the warm process has connections to be seen');
  assert.deepEqual(
    peers.filter((peer) => !LOOPBACK.test(peer)),
    [],
  );
});

/** 127.0.0.1 and ::ffff:127.0.0.1 as /proc/net/tcp and tcp6 write them. */
const LOOPBACK = /^(0000000000000000FFFF0000)?0100007F:/;

/** The far ends of every TCP connection in an agent's network, warm runtime included. */
async function peersOf(hive: Hive, agent: string): Promise<string[]> {
  const table = await inContainer(hive, agent, ['cat', '/proc/net/tcp', '/proc/net/tcp6']);
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([number, , , state]) => /^\d+:$/.test(number ?? '') && state !== LISTENING)
    .map(([, , far]) => far!);
}

const LISTENING = '0A';
