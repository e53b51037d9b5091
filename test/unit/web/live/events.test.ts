import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { COOKIE, startDashboard } from '../../../support/dashboard.ts';
import { smallHive } from '../../../support/dashboard-answers.ts';
import { thread } from '../../../support/hive-views.ts';
import { waitUntil } from '../../../support/wait.ts';

interface Stream extends Disposable {
  status: number;
  /** What came so far. */
  text(): string;
  /** Waits for a server-sent event of this name and answers its block. */
  event(name: string): Promise<string>;
  ended: Promise<unknown>;
}

async function open(port: number, query: string, headers: OutgoingHttpHeaders = {}): Promise<Stream> {
  const sent = get({
    ...{ host: '127.0.0.1', port, path: `/events?${query}`, agent: false },
    headers: { host: `localhost:${port}`, cookie: COOKIE, ...headers },
  });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  response.on('error', () => {});
  const block = (name: string): string | undefined =>
    text.split('\n\n').find((part) => part.startsWith(`event: ${name}\n`));
  return {
    status: response.statusCode ?? 0,
    text: () => text,
    event: (name) => waitUntil(`event ${name}`, () => block(name)),
    ended: new Promise((resolve) => response.once('close', resolve)),
    [Symbol.dispose]: () => sent.destroy(),
  };
}

test('a browser gets every part at once, then only what an event changed, with the event’s number', async () => {
  const asks = [thread()];
  await using dashboard = await startDashboard(smallHive(asks));
  using stream = await open(dashboard.port, 'view=/&after=7');
  await stream.event('health');
  assert.equal(dashboard.follows[0]?.after, 7);
  const before = stream.text().length;
  asks.length = 0;
  dashboard.publish({
    seq: 8,
    at: 0,
    type: 'ask.changed',
    ask: 1,
    asker: 'alice',
    target: 'operator',
    state: 'answered',
    excerpt: '',
  });
  const changed = await waitUntil('the parts', () => {
    const text = stream.text().slice(before);
    return text.includes('event: threads\n') ? text : undefined;
  });
  assert.match(changed, /event: needs\nid: 8\n[\s\S]*Nothing needs you/);
  assert.doesNotMatch(changed, /event: (flow|health|compose)\n/);
});

test('a browser that comes back is given what it missed', async () => {
  await using dashboard = await startDashboard(smallHive());
  using stream = await open(dashboard.port, 'view=/&after=7', { 'last-event-id': '41' });
  assert.equal(stream.status, 200);
  assert.equal(dashboard.follows[0]?.after, 41);
  dashboard.publish({
    seq: 42,
    at: 0,
    type: 'ask.changed',
    ask: 9,
    asker: 'bob',
    target: 'operator',
    state: 'open',
    excerpt: 'Now?',
  });
  assert.match(
    await stream.event('notice'),
    /"id":"ask-9","kind":"asked","agent":"bob","title":"bob asks you","body":"Now\?"/,
  );
});

test('when events are gone it is told, and gets the page as it is', async () => {
  await using dashboard = await startDashboard(smallHive());
  using stream = await open(dashboard.port, 'view=/threads/1&after=1');
  dashboard.publish({ type: 'reset', seq: 900 } as never);
  assert.match(await stream.event('reset'), /id: 900/);
  await stream.event('thread');
});

test('signing out ends what the person had open', async () => {
  await using dashboard = await startDashboard(smallHive());
  using stream = await open(dashboard.port, 'view=/');
  const headers = { cookie: COOKIE, 'sec-fetch-site': 'same-origin' };
  await dashboard.ask('/sign-out', { method: 'POST', headers });
  await stream.ended;
  assert.equal(dashboard.follows[0]?.signal.aborted, true);
});

test('only a page of the dashboard can be followed, and only signed in', async () => {
  await using dashboard = await startDashboard(smallHive());
  const { port } = dashboard;
  const statuses = async (...opening: Promise<Stream>[]): Promise<number[]> => {
    const streams = await Promise.all(opening);
    for (const stream of streams) stream[Symbol.dispose]();
    return streams.map((stream) => stream.status);
  };
  assert.deepEqual(
    await statuses(
      open(port, 'view=/etc/passwd'),
      open(port, 'view=/', { cookie: '' }),
      open(port, 'view=/', { cookie: 'hive_0123abcd_session=gone' }),
    ),
    [404, 403, 403],
  );
});
