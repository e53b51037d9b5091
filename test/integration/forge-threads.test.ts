import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { markerOf } from '#src/daemon/forge/threads/marker.ts';
import { startTestForge } from '../support/forge.ts';
import type { TestForge } from '../support/forge.ts';
import { waitUntil } from '../support/wait.ts';

const ISSUES = '/repos/org-shared/threads/issues';

let t: TestForge;
before(async () => {
  t = await startTestForge();
  for (const name of ['alice', 'bob', 'mallory']) await t.addAgent(name);
});
after(() => t[Symbol.asyncDispose]());

/** Writes what the broker writes for an ask; answers the ask's id. */
async function ask(asker: string, target: string, question: string, options: string[] | null = null): Promise<number> {
  const id = await t.database.writer.write(asker, ({ db, now }) => {
    const made = db
      .prepare('INSERT INTO asks (asker, target, question, options, state, asked_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(asker, target, question, options && JSON.stringify(options), 'open', now);
    return Number(made.lastInsertRowid);
  });
  await queue(id, 'open', asker, question);
  return id;
}

async function queue(ask: number, kind: string, author: string, body: string): Promise<number> {
  const id = await t.database.writer.write(author, ({ db, now }) => {
    const insert = 'INSERT INTO forge_outbox (ask_id, kind, author, body, state, created_at) VALUES (?, ?, ?, ?, ?, ?)';
    return Number(db.prepare(insert).run(ask, kind, author, body, 'waiting', now).lastInsertRowid);
  });
  t.forge.drainOutbox();
  return id;
}

async function answer(ask: number, author: string, text: string): Promise<void> {
  await t.database.writer.write(author, ({ db, now }) => {
    const update = "UPDATE asks SET state = 'answered', answer = ?, answered_by = ?, answered_at = ? WHERE id = ?";
    db.prepare(update).run(text, author, now, ask);
  });
  await queue(ask, 'comment', author, text);
  await queue(ask, 'close', author, '');
}

interface Row {
  id: number;
  state: string;
  attempts: number;
  error: string | null;
}

function rows(ask: number): Row[] {
  return t.database.db.prepare('SELECT * FROM forge_outbox WHERE ask_id = ? ORDER BY id').all(ask) as Row[];
}

async function settled(ask: number): Promise<Row[]> {
  return waitUntil(
    `the outbox of ask ${ask}`,
    () => {
      const all = rows(ask);
      return all.every(({ state }) => state !== 'waiting') && all;
    },
    60_000,
  );
}

function issueOf(ask: number): number {
  const row = t.database.db.prepare('SELECT issue_number AS number FROM asks WHERE id = ?').get(ask) as {
    number: number;
  };
  return row.number;
}

test('an ask becomes an issue in the name of its asker, assigned to its target and labelled by the hive', async () => {
  const id = await ask('alice', 'operator', 'Which colour?\n\nFor the button.', ['red', 'blue']);
  await settled(id);
  const { data: issue } = await t.api('hive-root', 'GET', `${ISSUES}/${issueOf(id)}`);
  assert.equal(issue.title, `Ask ${id}: Which colour?`);
  assert.equal(issue.user.login, 'alice');
  assert.deepEqual(
    issue.assignees.map((one: { login: string }) => one.login),
    ['operator'],
  );
  assert.deepEqual(
    issue.labels.map((one: { name: string }) => one.name),
    ['ask/open'],
  );
  assert.match(issue.body, /For the button\.[^]*- red\n- blue[^]*http:\/\/localhost:\d+\/threads\/1/);
  await answer(id, 'operator', 'red');
  await settled(id);
  const { data: closed } = await t.api('hive-root', 'GET', `${ISSUES}/${issueOf(id)}`);
  assert.equal(closed.state, 'closed');
  assert.deepEqual(
    closed.labels.map((one: { name: string }) => one.name),
    ['ask/answered'],
  );
  const { data: comments } = await t.api('hive-root', 'GET', `${ISSUES}/${issueOf(id)}/comments`);
  assert.deepEqual(
    comments.map((one: any) => [one.user.login, one.body.split('\n')[0]]),
    [['operator', 'red']],
  );
  await t.api('alice', 'GET', '/repos/search');
  assert.deepEqual(
    [...t.told('commented'), ...t.told('closed'), ...t.told('concerns')],
    [],
    'the hive hears no echo of itself',
  );
});

test('a comment on the page is told with its author and id; a note, a stranger and the hive itself are not', async () => {
  const id = await ask('alice', 'bob', 'Ready?');
  await settled(id);
  const path = `${ISSUES}/${issueOf(id)}`;
  await t.api('bob', 'POST', `${path}/comments`, { body: '/note only thinking' });
  const { data: comment } = await t.api('bob', 'POST', `${path}/comments`, { body: 'Ready.' });
  await waitUntil('the comment', () => t.told('commented').length > 0);
  assert.deepEqual(t.told('commented'), [[issueOf(id), 'bob', 'Ready.', comment.id]]);
  await t.api('mallory', 'POST', `${path}/comments`, { body: 'I say no.' });
  await waitUntil('the second comment', () => t.told('commented').length > 1);
  assert.equal(t.told('commented')[1]![1], 'mallory');
  await t.api('alice', 'PATCH', path, { state: 'closed' });
  await waitUntil('the close', () => t.told('closed').length > 0);
  assert.deepEqual(t.told('closed'), [[issueOf(id), 'alice']]);
  await t.database.writer.write('alice', ({ db }) =>
    db.prepare("UPDATE asks SET state = 'cancelled' WHERE id = ?").run(id),
  );
});

test("mallory copies markers of alice's rows, written and not yet written: they count as mallory's own words", async () => {
  const id = await ask('alice', 'bob', 'Is this safe?');
  await settled(id);
  const unwritten = await t.database.writer.write('alice', ({ db, now }) => {
    const insert = `INSERT INTO forge_outbox (ask_id, kind, author, body, state, created_at) VALUES (?, 'comment', 'alice', 'x', 'dead', ?)`;
    return Number(db.prepare(insert).run(id, now).lastInsertRowid);
  });
  for (const [row, kind] of [
    [rows(id)[0]!.id, 'open'],
    [unwritten, 'comment'],
  ] as const) {
    const marker = markerOf(t.secrets.hookSecret, { id: row, ask: id, kind, author: 'alice' });
    const known = t.told('commented').length;
    await t.api('mallory', 'POST', `${ISSUES}/${issueOf(id)}/comments`, { body: `safe ${marker}` });
    await waitUntil('the comment', () => t.told('commented').length > known);
    assert.deepEqual(t.told('commented').at(-1)!.slice(1, 3), ['mallory', 'safe']);
  }
});

test('mallory opens an issue with the marker of a row that the forge has not got yet: the ask gets its own issue', async () => {
  await t.killGitea();
  const id = await ask('alice', 'operator', 'May I?');
  const row = rows(id)[0]!;
  await t.database.writer.write('test', ({ db }) =>
    db.prepare('UPDATE forge_outbox SET attempts = 3 WHERE id = ?').run(row.id),
  );
  const marker = markerOf(t.secrets.hookSecret, { id: row.id, ask: id, kind: 'open', author: 'alice' });
  const made = await waitUntil(
    'the forge',
    async () => {
      const { status, data } = await t
        .api('mallory', 'POST', ISSUES, { title: 'x', body: `forged ${marker}` })
        .catch(() => ({ status: 0, data: null }));
      return status === 201 && data;
    },
    60_000,
  );
  await settled(id);
  assert.notEqual(issueOf(id), made.number);
  assert.equal((await t.api('hive-root', 'GET', `${ISSUES}/${issueOf(id)}`)).data.user.login, 'alice');
});

test('an earlier attempt whose answer was lost is found again, and its copies are closed', async () => {
  await t.killGitea();
  const id = await ask('alice', 'operator', 'Twice?');
  const row = rows(id)[0]!;
  const marker = markerOf(t.secrets.hookSecret, { id: row.id, ask: id, kind: 'open', author: 'alice' });
  await t.database.writer.write('test', ({ db }) =>
    db.prepare('UPDATE forge_outbox SET state = ?, attempts = 1 WHERE id = ?').run('done', row.id),
  );
  await t.forge.ready(AbortSignal.timeout(60_000));
  const post = async () =>
    (await t.api('alice', 'POST', ISSUES, { title: 'Twice?', body: `Twice? ${marker}` })).data.number as number;
  const [first, second] = [await post(), await post()];
  await t.database.writer.write('test', ({ db }) =>
    db.prepare('UPDATE forge_outbox SET state = ? WHERE id = ?').run('waiting', row.id),
  );
  t.forge.drainOutbox();
  await settled(id);
  assert.equal(issueOf(id), first);
  assert.equal((await t.api('hive-root', 'GET', `${ISSUES}/${second}`)).data.state, 'closed');
});

test('a target that is gone does not hold up the question', async () => {
  const id = await ask('alice', 'zoe', 'Anybody there?');
  const [row] = await settled(id);
  assert.equal(row!.state, 'done');
  const { data: issue } = await t.api('hive-root', 'GET', `${ISSUES}/${issueOf(id)}`);
  assert.deepEqual([issue.assignees, issue.user.login], [null, 'alice']);
});

test('with the forge down nothing is lost: issue, answer and close follow in order, once, when it is back', async () => {
  await t.killGitea();
  const ids = [await ask('alice', 'operator', 'One?'), await ask('bob', 'alice', 'Two?')];
  await answer(ids[0]!, 'operator', 'one');
  await answer(ids[1]!, 'alice', 'two');
  for (const id of ids) {
    const done = await settled(id);
    assert.deepEqual(
      done.map(({ state }) => state),
      ['done', 'done', 'done'],
    );
    const { data: issue } = await t.api('hive-root', 'GET', `${ISSUES}/${issueOf(id)}`);
    assert.equal(issue.state, 'closed');
    assert.equal(issue.comments, 1);
  }
  for (const question of ['One?', 'Two?']) {
    const found = (await t.api('hive-root', 'GET', `${ISSUES}?state=all&type=issues&q=${encodeURIComponent(question)}`))
      .data;
    assert.equal(found.length, 1);
  }
});

test('what the forge refuses for good is given up after some tries and does not hold up other asks', async () => {
  const bad = await ask('alice', 'operator', 'Deleted?');
  await settled(bad);
  await t.api('hive-root', 'DELETE', `${ISSUES}/${issueOf(bad)}`);
  await queue(bad, 'comment', 'alice', 'nobody reads this');
  const good = await ask('bob', 'operator', 'Still served?');
  await settled(good);
  assert.equal(rows(good)[0]!.state, 'done');
  const [, comment] = await settled(bad);
  assert.equal(comment!.state, 'dead');
  assert.match(comment!.error!, /404/);
});

test('a page is opened again while its ask is open, and stays closed once it is over', async () => {
  const id = await ask('alice', 'bob', 'Still open?');
  await settled(id);
  const path = `${ISSUES}/${issueOf(id)}`;
  const known = t.told('closed').length;
  await t.api('operator', 'PATCH', path, { state: 'closed' });
  await waitUntil('the close', () => t.told('closed').length > known);
  assert.deepEqual(t.told('closed').at(-1), [issueOf(id), 'operator']);
  await queue(id, 'reopen', 'system', '');
  await settled(id);
  assert.equal((await t.api('hive-root', 'GET', path)).data.state, 'open');
  await answer(id, 'bob', 'no');
  await queue(id, 'reopen', 'system', '');
  await settled(id);
  assert.equal((await t.api('hive-root', 'GET', path)).data.state, 'closed');
});

test('words said and closes made while no webhook arrived are caught up with at the next start', async () => {
  const asked = await ask('alice', 'bob', 'Heard?');
  const closed = await ask('alice', 'bob', 'Closed?');
  await settled(asked);
  await settled(closed);
  const [hook] = (await t.api('hive-root', 'GET', '/admin/hooks')).data;
  await t.api('hive-root', 'PATCH', `/admin/hooks/${hook.id}`, { active: false });
  const { data: comment } = await t.api('bob', 'POST', `${ISSUES}/${issueOf(asked)}/comments`, { body: 'I heard.' });
  await t.api('alice', 'PATCH', `${ISSUES}/${issueOf(closed)}`, { state: 'closed' });
  t.calls.length = 0;
  await t.restart();
  assert.deepEqual(t.told('commented'), [[issueOf(asked), 'bob', 'I heard.', comment.id]]);
  assert.deepEqual(t.told('closed'), [[issueOf(closed), 'alice']]);
  t.calls.length = 0;
  await t.restart();
  assert.deepEqual(t.told('commented'), [], 'once');
});
