import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Received } from '#src/protocol/shapes.ts';
import { agentView } from '#src/web/views/agent.ts';
import { needsView } from '#src/web/views/needs.ts';
import { agentRow, flowMessage, NOW, overview, thread } from '../../../support/hive-views.ts';

type Changes = Parameters<typeof overview>[0];

function needs(changes: Changes, mail: Parameters<typeof needsView>[2] = []): ReturnType<typeof needsView> {
  const hive = overview(changes);
  return needsView(
    hive,
    hive.agents.map((row) => agentView(row, hive.asks, NOW)),
    mail,
  );
}

test('a calm hive says that nothing needs anybody', () => {
  const view = needs({ agents: [agentRow('alice')] });
  assert.deepEqual([view.count, view.summary], [0, 'Nothing needs you']);
});

test('asks, a failed agent, a dead letter, refused egress and a forge that is down all need the operator', () => {
  const view = needs({
    forge: { state: 'down', detail: '' },
    agents: [agentRow('alice'), agentRow('zoe', { state: 'failed', detail: 'out of memory' })],
    asks: [thread()],
    dead: [flowMessage(7, { to: 'zoe' })],
    refused: [{ agent: 'alice', at: NOW, host: 'example.org', port: 443, remedy: 'to allow it, add "- example.org"' }],
  });
  assert.equal(view.summary, '5 things need you');
  assert.deepEqual(
    view.notices.map((notice) => [notice.id, notice.command]),
    [
      ['forge', 'hive logs forge'],
      ['failed-zoe', 'hive agents restart zoe'],
      ['dead-7', null],
      ['egress-alice-example.org-443', null],
    ],
  );
});

test('a full disk and what is wrong with the daemon come before all else that is broken', () => {
  const alert = 'the database is damaged (page 7): hive down, then hive up';
  const { summary, notices } = needs({ disk_ok: false, alerts: [alert], forge: { state: 'down', detail: '' } });
  assert.equal(summary, '3 things need you');
  assert.deepEqual(
    notices.map(({ id, tone, command }) => [id, tone, command]),
    [
      ['disk', 'bad', 'hive doctor'],
      ['alert-0', 'bad', 'hive doctor'],
      ['forge', 'bad', 'hive logs forge'],
    ],
  );
  assert.match(notices[0]?.text ?? '', /^Nothing new is stored/);
  assert.equal(notices[1]?.text, alert);
});

test('a parked pair says why, how much is held and what was said last, and is released by a button', () => {
  const said = { id: 9, from: 'bob', to: 'alice', excerpt: 'No, *after* you.', sent_at: NOW };
  const pair = {
    id: 3,
    parties: ['alice', 'bob'] as [string, string],
    reason: 'the chain is 41 long',
    since: NOW,
    held: 2,
  };
  const { summary, notices } = needs({ parked: [{ ...pair, chain: [said] }] });
  assert.equal(summary, '1 thing needs you');
  const [notice] = notices;
  assert.deepEqual([notice?.who?.label, notice?.title], ['alice', 'and bob are parked, 2 messages held']);
  assert.equal(notice?.text, 'the chain is 41 long. Last: “No, after you.”');
  assert.deepEqual([notice?.actions[0]?.href, notice?.actions[0]?.label], ['/parked/release', 'Release']);
  assert.deepEqual(notice?.actions[0]?.fields, [{ name: 'pair', value: '3' }]);
  assert.equal(notice?.href, '/messages/9');
});

test('a dead letter is retried or dismissed by a button that names the deliveries that died and are not dismissed, and no others', () => {
  const delivery = flowMessage(7).deliveries[0]!;
  const deliveries = [
    delivery,
    { ...delivery, id: 8, state: 'dead' as const },
    { ...delivery, id: 9, state: 'dead' as const },
    { ...delivery, id: 10, state: 'dead' as const, dismissed: true },
  ];
  const [notice] = needs({ dead: [flowMessage(7, { to: '*', deliveries })] }).notices;
  assert.deepEqual(
    notice?.actions.map(({ href, label, fields }) => [href, label, fields.map(({ value }) => value).join()]),
    [
      ['/dead/retry', 'Retry', '8,9'],
      ['/dead/dismiss', 'Dismiss', '8,9'],
    ],
  );
});

test('refused egress says the line that would allow it and where to write it', () => {
  const refused = [
    { agent: 'alice', at: NOW, host: 'example.org', port: 443, remedy: 'to allow it, add "- example.org"' },
  ];
  const [notice] = needs({ refused }).notices;
  assert.match(notice?.text ?? '', /^To allow it, add "- example\.org"$/);
  assert.equal(notice?.link?.href, 'http://127.0.0.1:7001/hive/agents/_edit/main/alice/agent.yaml');
});

test('agents without a login are one thing, with the command that gives it', () => {
  const state = 'needs_login' as const;
  const view = needs({ agents: [agentRow('alice', { state }), agentRow('bob', { state })] });
  assert.equal(view.summary, '1 thing needs you');
  assert.equal(view.notices[0]?.command, 'hive login');
  assert.match(view.notices[0]?.text ?? '', /^alice, bob wait/);
  assert.deepEqual(
    view.roster.map(({ count, word }) => [count, word]),
    [[2, 'needs login']],
  );
});

/** Unread mail of alice's, changed as told. */
function unread(id: number, changes: Partial<Received> = {}): Received {
  return {
    ...{ delivery: id, id, from: 'alice', kind: 'message', body: 'done', sent_at: NOW },
    ...{ in_reply_to: null, ask: null, thread_url: null, options: null, redelivered: 0, broadcast: false },
    ...changes,
  };
}

test('unread mail is one thing; an ask in the inbox is already there as an ask', () => {
  const view = needs({ asks: [thread()] }, [unread(1), unread(2, { kind: 'ask', ask: 1 })]);
  assert.deepEqual([view.count, view.mailLabel, view.mail.length], [2, '1 message', 1]);
});

test('what the hive reports of a dead letter or a parked pair is not counted beside their notices', () => {
  const report = { from: 'system', kind: 'system' as const };
  const said = { id: 9, from: 'bob', to: 'alice', excerpt: 'after you', sent_at: NOW };
  const pair = { id: 3, parties: ['alice', 'bob'] as [string, string], reason: '', since: NOW, held: 2 };
  const trouble = { dead: [flowMessage(7)], parked: [{ ...pair, chain: [{ ...said, id: 8 }, said] }] };
  const reports = [unread(11, { ...report, in_reply_to: 7 }), unread(12, { ...report, in_reply_to: 9 })];
  const view = needs(trouble, reports);
  assert.deepEqual([view.summary, view.mail.length], ['2 things need you', 0]);
  const others = [unread(13, { in_reply_to: 7 }), unread(14, { ...report, in_reply_to: 6 }), unread(15, report)];
  assert.deepEqual(
    needs(trouble, [...reports, ...others]).mail.map(({ id }) => id),
    [13, 14, 15],
    'a reply of somebody, and what has no notice, is mail',
  );
});
