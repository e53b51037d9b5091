import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs as alice's turn in her container, on its own: calls every changing tool once, then, when the test has killed the daemon and says go, each of them
 * again as the same call of the model, and keeps both results. The turn after it (nobody can prove that this one read what recv gave) does nothing.
 */

const TOOLS = 'http://127.0.0.1:7812/mcp';
const SHARED = '/shared';

/** Calls a tool as the model's call `id`. */
async function call(id: string, name: string, input: object): Promise<string> {
  const params = { name, arguments: input, _meta: { 'claudecode/toolUseId': id } };
  const response = await fetch(TOOLS, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const { result } = (await response.json()) as { result: { content: { text: string }[] } };
  return result.content[0]?.text ?? '';
}

if (existsSync(`${SHARED}/first.json`)) process.exit();
const prompt = readFileSync(0, 'utf8');
const asked = Number(/answer\(id: (\d+)\)/.exec(prompt)?.[1]);

const calls: Record<string, () => Promise<string>> = {
  send: () => call('c1', 'send', { to: 'operator', body: 'said once' }),
  broadcast: () => call('c2', 'send', { to: '*', body: 'said to all once' }),
  ask: () => call('c3', 'ask', { question: 'asked once?' }),
  answer: () => call('c4', 'answer', { id: asked, text: 'answered once' }),
  remind: () => call('c5', 'remind', { message: 'reminded once', in: '2h' }),
  recv: () => call('c6', 'recv', { max: 2 }),
  set_status: () => call('c7', 'set_status', { text: 'said once' }),
};
const first: Record<string, string> = {};
for (const [name, run] of Object.entries(calls)) first[name] = await run();
const thread = Number(/thread (\d+)/.exec(first['ask'] ?? '')?.[1]);
const reminder = Number(/Reminder (\d+)/.exec(first['remind'] ?? '')?.[1]);
calls['cancel_ask'] = () => call('c8', 'cancel_ask', { id: thread });
calls['cancel_reminder'] = () => call('c9', 'cancel_reminder', { id: reminder });
for (const name of ['cancel_ask', 'cancel_reminder']) first[name] = await calls[name]!();
writeFileSync(`${SHARED}/first.json`, JSON.stringify(first));

while (!existsSync(`${SHARED}/go`)) await sleep(20);
const repeated = Object.entries(calls).map(async ([name, run]) => [name, await run()] as const);
writeFileSync(`${SHARED}/calling`, '');
writeFileSync(`${SHARED}/second.json`, JSON.stringify(Object.fromEntries(await Promise.all(repeated))));
