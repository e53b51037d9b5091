import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { runInside, shellInside } from '../support/agent-shell.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { waitUntil } from '../support/wait.ts';

/** An answer of the daemon to a frame that mallory wrote by hand. */
interface Reply {
  ok: boolean;
  code?: string;
  error?: string;
  [field: string]: unknown;
}

/** Speaks raw lines on the agent's socket: the service line, then the frames of argv, one answer each. */
const SPEAK = `
  const socket = require('node:net').connect(process.env.HIVE_SOCKET);
  const frames = JSON.parse(process.argv[1]);
  socket.write('{"hive":1,"service":"rpc"}\\n');
  let answers = -1, text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    for (let end; (end = text.indexOf('\\n')) >= 0; text = text.slice(end + 1)) {
      if (answers >= 0) console.log(text.slice(0, end));
      if (++answers === frames.length) return socket.destroy();
      socket.write(JSON.stringify(frames[answers]) + '\\n');
    }
  });`;

/** Prints the value of 64 hexadecimal digits whose SHA-256 is argv[1], when it is in the memory of a process. */
const READ_MEMORY = `
import glob, hashlib, re, sys
for maps in glob.glob('/proc/[0-9]*/maps'):
    try:
        memory = open(maps.replace('maps', 'mem'), 'rb')
        regions = re.findall(r'^([0-9a-f]+)-([0-9a-f]+) rw', open(maps).read(), re.M)
    except OSError:
        continue
    for start, end in regions:
        try:
            memory.seek(int(start, 16))
            found = re.findall(rb'(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])', memory.read(int(end, 16) - int(start, 16)))
        except (OSError, OverflowError):
            continue
        for digits in found:
            if hashlib.sha256(digits).hexdigest() == sys.argv[1]:
                print(digits.decode())
                sys.exit()
`;

let hive: Hive;
let model: ScriptedModel;

/** Sends frames from mallory's container, one after the other on one connection. */
async function says(...frames: Record<string, unknown>[]): Promise<Reply[]> {
  const argv = ['/opt/node/bin/node', '-e', SPEAK, JSON.stringify(frames)];
  const { out, err } = await runInside(hive, 'mallory', argv);
  assert.equal(err, '');
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Reply);
}

async function assertRefused(frame: Record<string, unknown>, code: string, why: RegExp): Promise<void> {
  const [reply] = await says(frame);
  assert.deepEqual([reply?.ok, reply?.code], [false, code], `${JSON.stringify(frame)}: ${JSON.stringify(reply)}`);
  assert.match(reply?.error ?? '', why);
}

before(async () => {
  model = await startScriptedModel();
  hive = await startHive({ models: { anthropic: model.url } });
  await hive.addAgent('alice');
  await hive.addAgent('mallory');
});
after(async () => {
  await hive[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

test('she sends in the name of another: a sender in the body is refused, and what she sends is hers', async () => {
  for (const name of ['from', 'sender', 'agent', 'as'])
    await assertRefused({ cmd: 'send', to: 'alice', body: 'pay me', [name]: 'operator' }, 'invalid', new RegExp(name));
  await assertRefused({ cmd: 'remind', message: 'pay', delay_seconds: 0, agent: 'alice' }, 'forbidden', /itself only/);
  const [sent] = await says({ cmd: 'send', to: 'alice', body: 'a word', session: 'operator' });
  assert.equal(sent?.ok, true, JSON.stringify(sent));
  const { messages } = await hive.call(methods.messages, { agent: 'alice' });
  assert.deepEqual(messages.map(({ from, body }) => [from, body]).slice(0, 1), [['mallory', 'a word']]);
  assert.ok(!messages.some(({ body }) => body.includes('pay')));
});

test('she gives orders to the hive: nothing of the operator and nothing of the dashboard is hers', async () => {
  const orders: Record<string, unknown>[] = [
    { cmd: 'agents_add', name: 'eve', runtime: 'command' },
    { cmd: 'agents_remove', name: 'alice' },
    { cmd: 'exec', name: 'alice', argv: ['id'] },
    { cmd: 'login_set', provider: 'anthropic', kind: 'api_key', value: 'sk-ant-mallory' },
    { cmd: 'set_paused', name: 'alice', paused: true },
    { cmd: 'restart', name: 'alice' },
    { cmd: 'kill', name: 'alice' },
    { cmd: 'logs', of: 'alice' },
    { cmd: 'inbox' },
    { cmd: 'dead_list' },
    { cmd: 'dead_retry', agent: 'mallory' },
    { cmd: 'dead_dismiss', agent: 'mallory' },
    { cmd: 'parked_list' },
    { cmd: 'parked_release', id: 1 },
    { cmd: 'overview' },
    { cmd: 'status' },
    { cmd: 'subscribe' },
    { cmd: 'sign_in_begin' },
    { cmd: 'shutdown' },
  ];
  for (const order of orders) await assertRefused(order, 'forbidden', /not for agent/);
  for (const cmd of ['messages', 'reminders_list'])
    await assertRefused({ cmd, agent: 'alice' }, 'forbidden', /leave out agent "alice"/);
  const [whoami] = await says({ cmd: 'whoami' });
  assert.equal(whoami?.name, 'mallory', 'what agents may ask is answered');
});

test("she plays her own harness: without the session's nonce there are no turns, orders or reports", async () => {
  const guess = 'f'.repeat(64);
  const reports: Record<string, unknown>[] = [
    { cmd: 'next', max: 1 },
    { cmd: 'turn_end', turn: 1, outcome: 'ok', presented: [1] },
    { cmd: 'turn_activity', turn: 1, phase: 'model' },
    { cmd: 'mail_waiting', turn: 1 },
    { cmd: 'exec_output', exec: 1, exit_code: 0 },
  ];
  for (const report of reports) await assertRefused(report, 'forbidden', /not for agent/);
  const [hello, next] = await says(
    { cmd: 'hello', nonce: guess, protocol: PROTOCOL_VERSION, build: 'x', pid: 1 },
    { cmd: 'next', max: 1 },
  );
  assert.deepEqual([hello?.code, next?.code], ['forbidden', 'forbidden'], 'a refused hello binds nothing');
  const [session] = hive.rows<{ state: string }>("SELECT state FROM sessions WHERE agent = 'mallory' ORDER BY id DESC");
  assert.equal(session?.state, 'live', 'her real session goes on');
});

test("she reads the nonce out of her harness's memory: while the first harness is connected, a second is refused", async () => {
  const [session] = hive.rows<{ id: number; nonce_hash: string }>(
    "SELECT id, nonce_hash FROM sessions WHERE agent = 'mallory' ORDER BY id DESC",
  );
  const { out } = await runInside(hive, 'mallory', ['python3', '-c', READ_MEMORY, session?.nonce_hash ?? '']);
  // Hosts with Yama let nobody read another process's memory: then she has no nonce to try.
  const shut = existsSync('/proc/sys/kernel/yama/ptrace_scope');
  if (shut && out.trim() === '') return;
  const [hello, next] = await says(
    { cmd: 'hello', nonce: out.trim(), protocol: PROTOCOL_VERSION, build: 'x', pid: 1 },
    { cmd: 'next', max: 1 },
  );
  assert.deepEqual([hello?.code, next?.code], ['conflict', 'forbidden'], JSON.stringify(hello));
  assert.match(hello?.error ?? '', /already has a connection/);
});

test("she takes what is alice's: questions, turns and mail of others are not hers to answer, speak in or read", async () => {
  const asked = await shellInside(hive, 'alice', 'hive ask "May I?" --json');
  assert.equal(asked.code, 0, asked.err);
  const { threads } = await hive.call(methods.threadsList, {});
  const [ask] = threads;
  await assertRefused({ cmd: 'answer', id: ask?.id, text: 'yes' }, 'forbidden', /only operator|the operator answers/);
  assert.equal((await hive.call(methods.threadShow, { id: ask?.id ?? 0 })).thread.state, 'open');

  await hive.call(methods.send, { to: 'alice', body: 'for alice alone' });
  const turn = await waitUntil('alice has had a turn', async () => {
    const { turns } = await hive.call(methods.agentShow, { name: 'alice' });
    return turns.find(({ outcome }) => outcome === 'ok')?.id;
  });
  for (const frame of [
    { cmd: 'send', to: 'operator', body: 'x', turn },
    { cmd: 'recv', turn },
    { cmd: 'presented', turn, deliveries: [1] },
    { cmd: 'turn_messages', turn },
  ]) {
    const [reply] = await says(frame);
    assert.equal(reply?.ok, false, `${frame.cmd}: ${JSON.stringify(reply)}`);
  }
  const [mail] = await says({ cmd: 'recv', max: 32 });
  assert.doesNotMatch(JSON.stringify(mail), /for alice alone/);
});

test("she opens other doors of her socket: services that do not exist, two on one connection, the operator's frames", async () => {
  const dial = (first: string) =>
    `const s = require('node:net').connect(process.env.HIVE_SOCKET); s.write(${JSON.stringify(first)}); s.pipe(process.stdout); s.on('error', () => {});`;
  for (const first of ['{"hive":1,"service":"host"}\n', '{"hive":1,"service":"web"}\n', '{"cmd":"status"}\n', '\n']) {
    const { out } = await runInside(hive, 'mallory', ['/opt/node/bin/node', '-e', dial(first)]);
    assert.match(out, /"ok":false/, first);
  }
  const forge = '{"hive":1,"service":"forge"}\n{"hive":1,"service":"rpc"}\n{"cmd":"whoami"}\n';
  const { out } = await runInside(hive, 'mallory', ['/opt/node/bin/node', '-e', dial(forge)]);
  assert.match(out, /^\{"ok":true[^\n]*\nHTTP\/1\.1 400/);
});

test('she leaves through the proxy: a host off her list is refused, and both sides read the line that would allow it', async () => {
  const line = 'add "- evil.example" below egress: in mallory/agent.yaml of the repository hive/agents';
  const plain = await shellInside(hive, 'mallory', 'curl -sS http://evil.example/');
  assert.ok(plain.out.includes(line), plain.out);
  const python = `import urllib.request as u\ntry: u.urlopen("https://evil.example/")\nexcept Exception as e: print(e)`;
  const tunnel = await runInside(hive, 'mallory', ['python3', '-c', python]);
  assert.ok(tunnel.out.includes(line), tunnel.out);
  const refused = await waitUntil('the operator sees both', async () => {
    const { refused: rows } = await hive.call(methods.overview, {});
    return rows.length >= 2 && rows;
  });
  const shown = refused.map(({ agent, host, port, remedy }) => `${agent} ${host}:${port} ${remedy}`).toSorted();
  assert.deepEqual(
    shown,
    [443, 80].map((port) => `mallory evil.example:${port} to allow it, ${line}`),
  );
  const { refused: hers } = await hive.call(methods.agentShow, { name: 'mallory' });
  assert.ok(
    hers.some(({ remedy }) => remedy.endsWith(line)),
    "it stands on the agent's page too",
  );

  for (const target of ['http://127.0.0.1/', 'http://169.254.169.254/', 'http://[::1]/', 'http://localhost/']) {
    const { out } = await shellInside(hive, 'mallory', `curl -sS --noproxy '' -w ' %{http_code}' ${target}`);
    assert.match(out, / 403$/, target);
  }
});

test('she calls the model past what is offered: files and batches never leave, and without a credential nothing does', async () => {
  const post = async (path: string): Promise<string> => {
    const asked = { model: 'claude-sonnet-5-5', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }] };
    const call = `curl -sS -w ' %{http_code}' -H 'content-type: application/json' -d '${JSON.stringify(asked)}'`;
    return (await shellInside(hive, 'mallory', `${call} http://127.0.0.1:7810/model/anthropic/v1${path}`)).out;
  };
  assert.match(await post('/messages'), / 401$/);
  await hive.call(methods.loginSet, { provider: 'anthropic', kind: 'api_key', value: 'sk-ant-canary-0123456789' });
  for (const path of ['/files', '/messages/batches', '/../v1/messages/batches'])
    assert.match(await post(path), / 40[345]$/);
  assert.equal(model.requests.length, 0);
  assert.match(await post('/messages'), / 200$/);
  assert.equal(model.requests.length, 1, 'what is offered does leave');
});
