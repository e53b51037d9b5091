import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { createTestClock } from '../support/clock.ts';
import { startEdge } from '../support/edge.ts';
import { ask, startRecordingServer } from '../support/http.ts';
import { script, startScriptedModel } from '../support/scripted-model.ts';
import { waitUntil } from '../support/wait.ts';

const MESSAGES = '/model/anthropic/v1/messages';

function message(prompt: string, more: object = {}): { method: string; headers: Record<string, string>; body: string } {
  const body = { model: 'claude-sonnet-5-5', max_tokens: 100, messages: [{ role: 'user', content: prompt }], ...more };
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'placeholder',
    authorization: 'Bearer placeholder',
  };
  return {
    method: 'POST',
    headers: { ...headers, 'anthropic-beta': 'a-1,web-fetch-2025-09-10' },
    body: JSON.stringify(body),
  };
}

/** Sends a call and answers the response while it streams. */
async function open(base: string, prompt: string): Promise<{ response: IncomingMessage; cut: () => void }> {
  const { hostname, port } = new URL(base);
  const { body, ...rest } = message(prompt, { stream: true });
  const out = request({ hostname, port, path: MESSAGES, agent: false, ...rest });
  out.on('error', () => undefined);
  out.end(body);
  const [response] = (await once(out, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return { response, cut: () => out.destroy() };
}

test('a streamed call passes with the real key, and what it used is metered', async () => {
  await using model = await startScriptedModel();
  await using edge = startEdge({ hooks: { modelUpstream: () => model.url } });
  const base = await edge.open('alice', 'model');
  const usage = { input_tokens: 11, output_tokens: 22, cache_read_input_tokens: 33, cache_creation_input_tokens: 44 };
  const { status, headers, text } = await ask(
    base,
    `${MESSAGES}?beta=true`,
    message(script({ text: 'hi', usage }), { stream: true }),
  );
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.match(text, /event: message_stop/);
  const seen = model.requests[0];
  assert.equal(seen?.url, '/v1/messages?beta=true');
  assert.equal(seen.headers['x-api-key'], 'sk-real-key');
  assert.equal(seen.headers.authorization, undefined);
  assert.equal(seen.headers['anthropic-beta'], 'a-1');
  const counted = { input: 11, output: 22, cacheRead: 33, cacheWrite: 44, complete: true };
  assert.deepEqual(edge.used, [{ agent: 'alice', turn: 7, model: 'claude-sonnet-5-5', ...counted }]);
});

test('a long-lived token goes as a bearer with its beta, and token counts cost nothing', async () => {
  await using model = await startScriptedModel();
  const modelCredential = (): { kind: 'oauth_token'; value: string } => ({ kind: 'oauth_token', value: 'real-token' });
  await using edge = startEdge({ hooks: { modelUpstream: () => `${model.url}/prefix/`, modelCredential } });
  const base = await edge.open('alice', 'model');
  const whole = await ask(base, MESSAGES, message(script({ text: 'hi' })));
  assert.equal(whole.status, 200);
  assert.equal(model.requests[0]?.url, '/prefix/v1/messages');
  assert.equal(model.requests[0].headers.authorization, 'Bearer real-token');
  assert.equal(model.requests[0].headers['x-api-key'], undefined);
  assert.equal(model.requests[0].headers['anthropic-beta'], 'a-1,oauth-2025-04-20');
  assert.equal(edge.used[0]?.input, 100);
  assert.equal(edge.used[0].complete, true);
  const count = await ask(base, `${MESSAGES}/count_tokens`, message('how long?'));
  assert.equal(count.status, 200);
  assert.equal(edge.used.length, 1);
});

test('S28: what would let the provider reach out is refused and not charged', async () => {
  await using model = await startScriptedModel();
  await using edge = startEdge({ hooks: { modelUpstream: () => model.url, models: () => ['claude-sonnet-5-5'] } });
  const base = await edge.open('mallory', 'model');
  const content = (...blocks: object[]): object => ({ messages: [{ role: 'user', content: blocks }] });
  const url = { type: 'url', url: 'http://10.0.0.1/' };
  const bodies: object[] = [
    { tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] },
    {
      tools: [
        { name: 'own', input_schema: {} },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
    },
    { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] },
    { tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }] },
    { tools: [{ type: ['custom'], name: 'x' }] },
    { mcp_servers: [{ type: 'url', url: 'https://evil.example', name: 'x' }] },
    { container: 'container_1' },
    { container: { skills: [{ type: 'anthropic', skill_id: 'pdf' }] } },
    content({ type: 'image', source: url }),
    content({ type: 'document', source: url }),
    content({ type: 'document', source: { type: 'file', file_id: 'file_1' } }),
    content({ type: 'container_upload', file_id: 'file_1' }),
    content({ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: url }] }),
    content({ type: 'document', source: { type: 'content', content: [{ type: 'image', source: url }] } }),
    { system: [{ type: 'document', source: url }] },
    { model: 'claude-opus-5-5' },
    { model: undefined },
    { messages: 'x' },
  ];
  for (const body of bodies) {
    const { status, text } = await ask(base, MESSAGES, message('x', body));
    assert.equal(status, 403, JSON.stringify(body));
    assert.match(text, /"type":"permission_error"/);
  }
  const paths = [
    '/model/anthropic/v1/messages/batches',
    '/model/anthropic/v1/files',
    '/model/anthropic/v1/models',
    '/model/openai/v1/messages',
    '/v1/messages',
    `${MESSAGES}?beta=false`,
    `${MESSAGES}/../files`,
  ];
  for (const path of paths) assert.equal((await ask(base, path, message('x'))).status, 403, path);
  assert.equal((await ask(base, MESSAGES, { method: 'GET' })).status, 403);
  assert.equal(model.requests.length, 0);
  assert.deepEqual(edge.used, []);
});

test('S28: a request that names two models is sent with the one that was checked', async () => {
  await using provider = await startRecordingServer();
  await using edge = startEdge({ hooks: { modelUpstream: () => provider.url, models: () => ['sonnet'] } });
  const body = message('x').body.replace('{', '{"model":"claude-opus-5-5",');
  const { status } = await ask(await edge.open('mallory', 'model'), MESSAGES, { ...message('x'), body });
  assert.equal(status, 200);
  assert.ok(body.includes('opus') && !provider.requests[0]?.body.includes('opus'));
  assert.equal(edge.used[0]?.model, 'claude-sonnet-5-5');
});

test('arguments of the agent’s own tools are its own business', async () => {
  await using model = await startScriptedModel();
  await using edge = startEdge({ hooks: { modelUpstream: () => model.url } });
  const base = await edge.open('alice', 'model');
  const input = { source: { type: 'url', url: 'x' }, file_id: 'mine', content: [{ source: { type: 'file' } }] };
  const messages = [
    { role: 'user', content: 'go' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'own', input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'done' }] },
  ];
  const tools = [
    { name: 'own', input_schema: {} },
    { type: 'bash_20250124', name: 'bash' },
  ];
  const { status } = await ask(base, MESSAGES, message('x', { messages, tools, mcp_servers: [], container: null }));
  assert.equal(status, 200);
});

test('without a login the agent learns what the operator has to do', async () => {
  await using edge = startEdge({ hooks: { modelCredential: () => undefined } });
  const { status, text } = await ask(await edge.open('alice', 'model'), MESSAGES, message('x'));
  assert.equal(status, 401);
  assert.deepEqual(JSON.parse(text), {
    type: 'error',
    error: {
      type: 'authentication_error',
      message: 'The hive has no model credential: the operator runs `hive login` on the host.',
    },
  });
});

test('a call that is cut is charged for what came; one that was refused or never sent is not', async () => {
  await using model = await startScriptedModel();
  let upstream = model.url;
  await using edge = startEdge({ hooks: { modelUpstream: () => upstream } });
  const base = await edge.open('alice', 'model');
  const { response, cut } = await open(base, script({ text: 'word '.repeat(400), slow: 5 }));
  let got = '';
  response.on('data', (chunk: Buffer) => (got += chunk));
  await waitUntil('some text', () => got.split('text_delta').length > 10);
  cut();
  const usage = await waitUntil('charged', () => edge.used[0]);
  assert.equal(usage.complete, false);
  assert.equal(usage.input, 100);
  assert.ok(usage.output >= 9, `charged ${usage.output} tokens of output`);
  await waitUntil('provider sees the cut', () => model.requests[0]?.ended?.finished === false);

  const limited = await ask(
    base,
    MESSAGES,
    message(script({ status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } })),
  );
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['retry-after'], '7');
  upstream = 'http://127.0.0.1:1';
  const unreachable = await ask(base, MESSAGES, message('x'));
  assert.equal(unreachable.status, 502);
  assert.match(unreachable.text, /cannot be reached \(ECONNREFUSED\)/);
  assert.equal(edge.used.length, 1);
});

test('a request that is too large for the daemon’s memory is refused', async () => {
  await using model = await startScriptedModel();
  await using edge = startEdge({ hooks: { modelUpstream: () => model.url } });
  const base = await edge.open('mallory', 'model');
  const large = await ask(base, MESSAGES, message('x'.repeat(2 * 1024 * 1024)));
  assert.equal(large.status, 200);
  const huge = await ask(base, MESSAGES, message('x'.repeat(17 * 1024 * 1024)));
  assert.equal(huge.status, 413);
  assert.equal(model.requests.length, 1);
  assert.equal((await ask(base, MESSAGES, { ...message('x'), body: '{"model":' })).status, 403);
});

test('an agent has 16 calls under way; others are not held up by it', async () => {
  await using model = await startScriptedModel();
  await using edge = startEdge({ hooks: { modelUpstream: () => model.url } });
  const [mallory, bob] = await Promise.all([edge.open('mallory', 'model'), edge.open('bob', 'model')]);
  const calls = await Promise.all(
    Array.from({ length: 16 }, () => open(mallory, script({ text: 'x', stall: 60_000 }))),
  );
  assert.equal((await ask(mallory, MESSAGES, message('x'))).status, 429);
  assert.equal((await ask(bob, MESSAGES, message('x'))).status, 200);
  calls[0]?.cut();
  await waitUntil('a place is free', async () => (await ask(mallory, MESSAGES, message('x'))).status === 200);
  for (const { cut } of calls) cut();
});

test('120 s of silence end a call with an error event; a call that speaks is left alone', async () => {
  const clock = createTestClock();
  await using model = await startScriptedModel();
  await using edge = startEdge({ hooks: { modelUpstream: () => model.url }, clock });
  const base = await edge.open('alice', 'model');
  const { response } = await open(base, script({ text: 'late', stall: 60_000 }));
  let got = '';
  response.on('data', (chunk: Buffer) => (got += chunk));
  await waitUntil('message_start', () => got.includes('message_start'));
  await clock.advance(119_000);
  assert.ok(!got.includes('event: error'));
  await clock.advance(2000);
  await waitUntil('the end', () => response.readableEnded);
  assert.match(
    got,
    /event: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"The model said nothing for 120 s/,
  );
  await waitUntil('charged', () => edge.used[0]?.complete === false);

  const hanging = ask(base, MESSAGES, message(script({ hang: 60_000 })));
  await waitUntil('second request', () => model.requests.length === 2);
  await clock.advance(121_000);
  assert.equal((await hanging).status, 504);
  assert.equal(edge.used.length, 2);
  assert.ok(edge.used[1]?.complete === false && edge.used[1].input > 10, 'its input is charged by estimate');
});

test('redirects and cookies of a provider are not passed, and its connection is never shared', async () => {
  await using provider = await startRecordingServer((_req, res) => {
    res.writeHead(302, { location: 'http://127.0.0.1/', 'set-cookie': 'a=b' }).end();
  });
  await using edge = startEdge({ hooks: { modelUpstream: () => provider.url } });
  const [alice, bob] = await Promise.all([edge.open('alice', 'model'), edge.open('bob', 'model')]);
  const answer = await ask(alice, MESSAGES, message('x'));
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.location, undefined);
  assert.equal(answer.headers['set-cookie'], undefined);
  await ask(bob, MESSAGES, message('x'));
  assert.notEqual(provider.requests[0]?.remotePort, provider.requests[1]?.remotePort);
  assert.deepEqual(edge.used, []);
});
