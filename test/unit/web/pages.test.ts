import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { COOKIE, startDashboard } from '../../support/dashboard.ts';
import type { Answer, TestDashboard } from '../../support/dashboard.ts';
import { smallHive } from '../../support/dashboard-answers.ts';
import { agentRow, flowMessage, overview, reminder, thread, turn } from '../../support/hive-views.ts';

function post(dashboard: TestDashboard, path: string, body: string, htmx = false): Promise<Answer> {
  const headers = {
    ...{ cookie: COOKIE, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    ...(htmx && { 'hx-request': 'true' }),
  };
  return dashboard.ask(path, { method: 'POST', headers, body });
}

test('who is not signed in is led to the sign-in, and back afterwards', async () => {
  await using dashboard = await startDashboard(smallHive());
  const page = await dashboard.ask('/threads/1');
  assert.deepEqual([page.status, page.headers.location], [303, '/sign-in?return_to=%2Fthreads%2F1']);
  const stale = await dashboard.ask('/', { headers: { cookie: 'hive_0123abcd_session=gone' } });
  assert.deepEqual([stale.status, stale.headers.location], [303, '/sign-in']);
  assert.match(String(stale.headers['set-cookie']), /^hive_0123abcd_session=;/);
  const door = await dashboard.ask('/sign-in?return_to=%2Fthreads%2F1');
  assert.equal(door.status, 200);
  assert.match(door.body, /operator/);
  assert.match(door.body, /\/home\/of\/hive\/operator-password/);
  assert.match(door.body, /name="return_to" value="\/threads\/1"/);
});

test('the sign-in goes to the forge and comes back with a cookie of this hive', async () => {
  await using dashboard = await startDashboard(smallHive());
  const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
  const begun = await dashboard.ask('/sign-in', { method: 'POST', headers, body: 'return_to=//evil.com' });
  assert.match(String(begun.headers.location), /^http:\/\/127\.0\.0\.1:7001\//);
  assert.match(
    String(begun.headers['set-cookie']),
    /^hive_0123abcd_flow=a-flow; .*Path=\/auth\/callback; .*HttpOnly; SameSite=Lax$/,
  );
  assert.deepEqual(dashboard.calls.at(-1)?.input, { return_to: '/' });

  const back = await dashboard.ask('/auth/callback?code=c&state=s', {
    headers: { cookie: 'hive_0123abcd_flow=a-flow' },
  });
  assert.deepEqual([back.status, back.headers.location], [303, '/threads']);
  assert.deepEqual(dashboard.calls.at(-1)?.input, { flow: 'a-flow', query: 'code=c&state=s' });
  const cookie = back.headers['set-cookie']?.find((line) => line.startsWith('hive_0123abcd_session=a-good-session;'));
  assert.match(cookie ?? '', /HttpOnly; SameSite=Lax$/);
});

test('a callback without its own beginning is refused', async () => {
  await using dashboard = await startDashboard(smallHive());
  const { status } = await dashboard.ask('/auth/callback?code=c&state=s');
  assert.deepEqual([status, dashboard.calls], [403, []]);
});

test('every page shows its hive without a script', async () => {
  await using dashboard = await startDashboard(smallHive());
  const expected: [path: string, shows: RegExp][] = [
    ['/', /1 thing needs you[\s\S]*May I\?[\s\S]*name="choice" value="yes"[\s\S]*message 1/],
    ['/agents/alice', /<h1>alice<\/h1>[\s\S]*message from bob[\s\S]*look again[\s\S]*2 delivered in 3 attempts/],
    ['/threads', /href="\/threads\/1"[^>]*>May I\?/],
    ['/threads/1', /href="http:\/\/127\.0\.0\.1:7001\/org-shared\/threads\/issues\/4"/],
    ['/messages', /message 1/],
    ['/messages/1', /handled/],
  ];
  for (const [path, shows] of expected) {
    const { status, body } = await dashboard.ask(path, { headers: { cookie: COOKIE } });
    assert.equal(status, 200, path);
    assert.match(body, shows, path);
    assert.doesNotMatch(body, /undefined|\[object Object\]|style="/, path);
  }
});

test('what a template includes adds no space: not before a comma, not below a link', async () => {
  const answers = smallHive();
  await using dashboard = await startDashboard({
    ...answers,
    agent_show: (input) => ({ ...answers.agent_show!(input), reminders: [reminder({ set_by: 'operator' })] }),
  });
  const { body } = await dashboard.ask('/agents/alice', { headers: { cookie: COOKIE } });
  assert.match(body, /<\/time>, set by operator/);
  assert.match(body, /configuration and prompt<svg[^\n]*<\/svg><\/a> are in the forge/);
});

test('what names nothing is not found, in words', async () => {
  const answers = smallHive();
  await using dashboard = await startDashboard({
    ...answers,
    agent_show: () => {
      throw new HiveError('not_found', 'there is no agent "zoe"');
    },
  });
  for (const path of [
    '/nothing',
    '/agents/../etc',
    '/agents/zoe',
    '/agents/-x',
    '/threads/0',
    '/threads/x',
    '/messages/9',
    '/assets/x/y',
  ]) {
    const { status, body } = await dashboard.ask(path, { headers: { cookie: COOKIE } });
    assert.equal(status, 404, path);
    assert.match(body, /there is no/, path);
    assert.match(body, /<nav aria-label="Main">[\s\S]*href="\/threads"[\s\S]*href="http:\/\/127\.0\.0\.1:7001"/, path);
  }
});

test('who is not signed in gets no navigation', async () => {
  await using dashboard = await startDashboard(smallHive());
  for (const path of ['/nothing', '/sign-in']) {
    assert.doesNotMatch((await dashboard.ask(path)).body, /<nav/, path);
  }
});

test('an ask is answered by an option, by words, or by both', async () => {
  for (const [form, text] of [
    ['choice=yes', 'yes'],
    ['text=only+on+Monday', 'only on Monday'],
    ['choice=a&choice=b&text=and+c', 'a, b\n\nand c'],
  ]) {
    await using dashboard = await startDashboard(smallHive());
    const answer = await post(dashboard, '/threads/1/answer', `${form}&back=/agents/alice`);
    assert.deepEqual([answer.status, answer.headers.location], [303, '/agents/alice']);
    assert.deepEqual(dashboard.calls.at(-1)?.input, { id: 1, text });
  }
});

test('an empty answer is refused where it was given', async () => {
  await using dashboard = await startDashboard(smallHive());
  const answer = await post(dashboard, '/threads/1/answer', 'text=+', true);
  assert.equal(answer.status, 400);
  assert.equal(answer.headers['hx-retarget'], 'find .form-error');
  assert.match(answer.body, /the answer is empty/);
  assert.deepEqual(dashboard.calls, []);
});

test('who answers second is told who was first', async () => {
  const late = { id: 1, accepted: false, state: 'answered', answer: 'no', answered_by: 'bob', note: null };
  await using dashboard = await startDashboard({ ...smallHive(), answer: () => late });
  assert.match((await post(dashboard, '/threads/1/answer', 'text=yes', true)).body, /bob answered first: <strong>no/);
  const { headers } = await post(dashboard, '/threads/1/answer', 'text=yes&back=/');
  assert.equal(headers.location, '/threads/1');
});

test('a message goes to whom the form names, and a wrong name is refused with the rule', async () => {
  await using dashboard = await startDashboard(smallHive());
  const sent = await post(dashboard, '/messages', 'to=alice&body=hello&back=/agents/alice');
  assert.deepEqual([sent.status, sent.headers.location], [303, '/agents/alice']);
  assert.deepEqual(dashboard.calls.at(-1), {
    cmd: 'send',
    input: { to: 'alice', body: 'hello' },
    session: 'a-good-session',
  });
  const refused = await post(dashboard, '/messages', 'to=..%2Fevil&body=hello', true);
  assert.equal(refused.status, 400);
  assert.match(refused.body, /is not an agent name/);
});

test('an agent is paused and resumed; the answer goes back only to this dashboard', async () => {
  await using dashboard = await startDashboard(smallHive());
  const paused = await post(dashboard, '/agents/alice/pause', 'back=//evil.com');
  assert.deepEqual([paused.status, paused.headers.location], [303, '/']);
  assert.deepEqual(dashboard.calls.at(-1)?.input, { name: 'alice', paused: true });
  assert.equal((await post(dashboard, '/agents/alice/resume', '', true)).status, 204);
  assert.deepEqual(dashboard.calls.at(-1)?.input, { name: 'alice', paused: false });
});

test('a dead letter is retried; one that stays dead says why', async () => {
  const answers = {
    ...smallHive(),
    dead_retry: () => ({ retried: [8], refused: [{ delivery: 9, reason: 'bob was removed' }] }),
  };
  await using dashboard = await startDashboard(answers);
  const retried = await post(dashboard, '/dead/retry', 'delivery=8&delivery=9');
  assert.deepEqual([retried.status, retried.headers.location], [303, '/']);
  const input = { deliveries: [8, 9] };
  assert.deepEqual(dashboard.calls.at(-1), { cmd: 'dead_retry', input, session: 'a-good-session' });
  answers.dead_retry = () => ({ retried: [], refused: [{ delivery: 9, reason: 'bob was removed' }] });
  const refused = await post(dashboard, '/dead/retry', 'delivery=9', true);
  assert.equal(refused.status, 409);
  assert.match(refused.body, /it stays a dead letter: bob was removed/);
  assert.equal((await post(dashboard, '/dead/retry', 'delivery=x', true)).status, 404);
});

test('a dead letter is dismissed; one that is dismissed already says so', async () => {
  const answers = { ...smallHive(), dead_dismiss: (): object => ({ dismissed: [8], refused: [] }) };
  await using dashboard = await startDashboard(answers);
  const dismissed = await post(dashboard, '/dead/dismiss', 'delivery=8');
  assert.deepEqual([dismissed.status, dismissed.headers.location], [303, '/']);
  const input = { deliveries: [8] };
  assert.deepEqual(dashboard.calls.at(-1), { cmd: 'dead_dismiss', input, session: 'a-good-session' });
  answers.dead_dismiss = () => ({ dismissed: [], refused: [{ delivery: 8, reason: 'it was dismissed already' }] });
  const refused = await post(dashboard, '/dead/dismiss', 'delivery=8', true);
  assert.equal(refused.status, 409);
  assert.match(refused.body, /it stays a dead letter: it was dismissed already/);
});

test('a parked pair is released; one that is not parked any more says so where the button was', async () => {
  const answers = { ...smallHive(), parked_release: (): object => ({ released: 3 }) };
  await using dashboard = await startDashboard(answers);
  const released = await post(dashboard, '/parked/release', 'pair=4');
  assert.deepEqual([released.status, released.headers.location], [303, '/']);
  assert.deepEqual(dashboard.calls.at(-1), { cmd: 'parked_release', input: { id: 4 }, session: 'a-good-session' });
  assert.equal((await post(dashboard, '/parked/release', 'pair=4', true)).status, 204);
  answers.parked_release = () => {
    throw new HiveError('not_found', 'there is no parked pair 4');
  };
  const gone = await post(dashboard, '/parked/release', 'pair=4', true);
  assert.deepEqual([gone.status, gone.headers['hx-retarget']], [404, 'find .form-error']);
  assert.match(gone.body, /there is no parked pair 4/);
  assert.equal((await post(dashboard, '/parked/release', 'pair=all', true)).status, 400);
});

test('messages are searched; the words stay in the field and in the way back in time', async () => {
  const many = Array.from({ length: 40 }, (_, index) => flowMessage(80 - index));
  const answers = { ...smallHive(), messages: () => ({ messages: many, more: true }) };
  await using dashboard = await startDashboard(answers);
  const look = (path: string): Promise<Answer> => dashboard.ask(path, { headers: { cookie: COOKIE } });
  const found = await look('/messages?search=+a+%22b%22&agent=alice');
  assert.deepEqual(dashboard.calls.at(-1)?.input, { agent: 'alice', search: 'a "b"', before: undefined, max: 60 });
  assert.match(found.body, /<h1>Messages with “a &quot;b&quot;” of alice<\/h1>/);
  assert.match(found.body, /name="search"[^>]* value="a &quot;b&quot;"/);
  assert.match(found.body, /href="\/messages\?agent=alice&amp;search=a\+%22b%22&amp;before=41">Older/);
  assert.doesNotMatch(found.body, /earlier message/);
  answers.messages = () => ({ messages: many, more: false });
  assert.doesNotMatch((await look('/messages')).body, />Older/);
  answers.messages = () => ({ messages: [], more: true });
  assert.match((await look('/messages?search=x')).body, /Nothing was found in the time that a search has/);
  answers.messages = () => ({ messages: [], more: false });
  assert.match((await look('/messages?search=x')).body, /Nothing holds all of these words/);
  assert.match((await look('/messages?search=+')).body, /Nothing was said yet/);
});

test('a full disk and a daemon that is not well stand in the strip, with the command that says more', async () => {
  const alerts = ['file descriptors are short: 3 of 1024 are free'];
  await using dashboard = await startDashboard({
    ...smallHive([]),
    overview: () => overview({ disk_ok: false, alerts }),
  });
  const { body } = await dashboard.ask('/', { headers: { cookie: COOKIE } });
  assert.match(body, /2 things need you[\s\S]*The disk is full[\s\S]*hive doctor[\s\S]*file descriptors are short/);
});

test('S11: what mallory writes is text on every page', async () => {
  const evil = '<img src=x onerror=alert(1)><b hx-get="/palette" hx-trigger="load">';
  const messages = [flowMessage(1, { body: evil })];
  const agent = agentRow('alice', { role: evil, activity: evil, detail: evil, status_text: evil });
  const ask = thread({ question: evil, options: [evil, 'b'] });
  const turns = [turn({ cause: evil, error: evil, tools: { [evil]: 1 } })];
  const hive = { agents: [agent], asks: [ask], threads: [ask], flow: messages, dead: messages, limits: [evil] };
  const sick = { disk_ok: false, alerts: [evil] };
  const said = { id: 1, from: 'alice', to: 'bob', excerpt: evil, sent_at: 1 };
  const pair = { id: 1, parties: ['alice', 'bob'] as [string, string], reason: evil, since: 1, held: 1, chain: [said] };
  await using dashboard = await startDashboard({
    overview: () => overview({ ...hive, ...sick, parked: [pair] }),
    inbox: () => ({ messages: [], remaining: 0 }),
    agent_show: () => ({
      ...{ agent, turns, messages, egress: [], refused: [] },
      ...{ reminders: [reminder({ message: evil })], reminder_counts: { fired: 0, attempts: 0, delivered: 0 } },
    }),
    thread_show: () => ({ thread: ask, messages }),
    messages: () => ({ messages, more: false }),
  });
  for (const path of ['/', '/agents/alice', '/threads/1', '/messages', '/messages/1', '/palette']) {
    const { status, body } = await dashboard.ask(path, { headers: { cookie: COOKIE } });
    assert.equal(status, 200, path);
    assert.doesNotMatch(body, /<img src=x|<b hx-get/, path);
  }
});
