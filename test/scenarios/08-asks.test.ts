import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import type { Thread } from '#src/protocol/shapes.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { descendants } from '../support/processes.ts';
import { waitUntil } from '../support/wait.ts';

/** Keeps every wake prompt; a message "ask …" becomes an ask to the operator. */
const ASKER = [
  'sh',
  '-c',
  'f=/shared/prompt-$HIVE_TURN; cat > $f; q=$(sed -n "s/^ask //p" $f); [ -z "$q" ] || hive ask "$q"',
];
/** Comments on the issue whose number it is sent, as itself, through the forge's API. */
const COMMENTER = [
  ...['sh', '-c'],
  'n=$(sed -n "s/^comment on //p"); curl -sf -X POST -H "content-type: application/json" -d \'{"body":"Red, says bob."}\' $HIVE_FORGE/api/v1/repos/org-shared/threads/issues/$n/comments',
];

interface Issue {
  state: string;
  comments: number;
}

/** The operator on the forge, as in a browser: by the password of the home. */
function forgeAs(hive: Hive): (method: string, path: string, body?: object) => Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`operator:${hive.password()}`).toString('base64')}`;
  return async (method, path, body) => {
    const response = await fetch(`${hive.urls.forge}/api/v1/repos/org-shared/threads/issues/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.json();
  };
}

/** Lets alice ask and waits until the ask has its issue. */
async function askedBy(hive: Hive, question: string): Promise<{ thread: Thread; issue: string }> {
  await hive.call(methods.send, { to: 'alice', body: `ask ${question}` });
  const thread = await waitUntil('the ask has an issue', async () => {
    const { threads } = await hive.call(methods.threadsList, { state: 'open' });
    return threads.find((open) => open.question === question && open.url?.includes('/issues/'));
  });
  return { thread, issue: thread.url?.split('/').at(-1) ?? '' };
}

async function show(hive: Hive, { id }: Thread): Promise<Thread> {
  return (await hive.call(methods.threadShow, { id })).thread;
}

/** Waits until one of alice's turns was woken with `text`. */
async function aliceReads(hive: Hive, text: string): Promise<void> {
  const shared = join(hive.home, 'shared');
  const prompts = (): string[] => readdirSync(shared).filter((name) => name.startsWith('prompt-'));
  await waitUntil(`alice reads "${text}"`, () =>
    prompts().some((name) => readFileSync(join(shared, name), 'utf8').includes(text)),
  );
}

test('an ask is answered once, wherever the answer is written', async (t) => {
  await using hive = await startHive();
  await hive.addAgent('alice', { command: ASKER });
  await hive.addAgent('bob', { command: COMMENTER });
  const forge = forgeAs(hive);
  const issueClosed = (issue: string): Promise<unknown> =>
    waitUntil('the issue is closed', async () => ((await forge('GET', issue)) as Issue).state === 'closed');

  await t.test('a note and a comment of a third agent are no answers; the operator’s comment is', async () => {
    const { thread, issue } = await askedBy(hive, 'Which colour?');
    await forge('POST', `${issue}/comments`, { body: '/note still thinking' });
    const { id } = await hive.call(methods.send, { to: 'bob', body: `comment on ${issue}` });
    await waitUntil('bob has commented', async () => {
      const { messages } = await hive.call(methods.messages, { agent: 'bob' });
      const handled = messages.find((message) => message.id === id)?.deliveries[0]?.state === 'acked';
      return handled && ((await forge('GET', issue)) as Issue).comments === 2;
    });
    assert.equal((await show(hive, thread)).state, 'open');

    await forge('POST', `${issue}/comments`, { body: 'Blue.' });
    await aliceReads(hive, 'Blue.');
    const answered = await show(hive, thread);
    assert.deepEqual([answered.state, answered.answer, answered.answered_by], ['answered', 'Blue.', 'operator']);
    await issueClosed(issue);
    assert.equal(((await forge('GET', issue)) as Issue).comments, 3, 'the hive repeats nobody’s words');
  });

  await t.test('of two answers from two surfaces the first stays and the second is told', async () => {
    const { thread, issue } = await askedBy(hive, 'Which size?');
    const first = await hive.call(methods.answer, { id: thread.id, text: 'Large.' });
    assert.equal(first.accepted, true);
    const second = await hive.call(methods.answer, { id: thread.id, text: 'Small.' });
    assert.deepEqual([second.accepted, second.answer, second.answered_by], [false, 'Large.', 'operator']);
    await issueClosed(issue);
    await forge('POST', `${issue}/comments`, { body: 'Tiny.' });
    await aliceReads(hive, 'Large.');
    assert.equal((await show(hive, thread)).answer, 'Large.');
  });

  await t.test(
    'the operator closes the page without an answer: it opens again and says what ends the ask',
    async () => {
      const { thread, issue } = await askedBy(hive, 'Which weight?');
      await forge('PATCH', issue, { state: 'closed' });
      await waitUntil('the issue is open again', async () => {
        const { state, comments } = (await forge('GET', issue)) as Issue;
        return state === 'open' && comments === 1;
      });
      const [said] = (await forge('GET', `${issue}/comments`)) as { body: string; user: { login: string } }[];
      assert.equal(said?.user.login, 'hive-root');
      assert.match(
        said?.body ?? '',
        /^operator closed this page, but ask \d+ is still open: the operator answers it by a comment/,
      );
      assert.equal((await show(hive, thread)).state, 'open');
      await hive.call(methods.answer, { id: thread.id, text: 'Heavy.' });
      await issueClosed(issue);
      await aliceReads(hive, 'Heavy.');
    },
  );

  await t.test('while the forge hangs the answer arrives at once, and the issue follows', async () => {
    const { thread, issue } = await askedBy(hive, 'Which shape?');
    const gitea = descendants(hive.pid).filter(({ cmdline }) => cmdline[0] === '/opt/gitea/gitea');
    assert.equal(gitea.length, 1);
    process.kill(gitea[0]?.pid ?? 0, 'SIGSTOP');
    try {
      await hive.call(methods.answer, { id: thread.id, text: 'Round.' });
      await aliceReads(hive, 'Round.');
    } finally {
      process.kill(gitea[0]?.pid ?? 0, 'SIGCONT');
    }
    await issueClosed(issue);
  });
});
