import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { methods } from '#src/protocol/methods/index.ts';
import { live, signIn, startBrowser } from '../support/browser.ts';
import type { TestBrowser } from '../support/browser.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { inContainer } from '../support/in-container.ts';

let hive: Hive;
let browser: TestBrowser;
let person: BrowserContext;
let page: Page;

before(async () => {
  hive = await startHive();
  browser = await startBrowser();
  await hive.addAgent('alice', { role: 'backend' });
  person = await browser.open();
  page = await person.newPage();
});
after(async () => {
  await browser[Symbol.asyncDispose]();
  await hive[Symbol.asyncDispose]();
});

/** alice asks the operator; answers the ask's id. */
async function ask(question: string, ...options: string[]): Promise<number> {
  const argv = ['hive', 'ask', question, '--json', ...options.flatMap((option) => ['--option', option])];
  await inContainer(hive, 'alice', argv);
  const { threads } = await hive.call(methods.threadsList, { state: 'open' });
  const found = threads.find((thread) => thread.question === question);
  assert.ok(found, question);
  return found.id;
}

async function answerOf(id: number): Promise<string | null> {
  return (await hive.call(methods.threadShow, { id })).thread.answer;
}

test('a person signs in through the forge and lands where they wanted to go', async () => {
  await page.goto(`${hive.urls.dashboard}/threads`);
  const door = await page.locator('main').innerText();
  assert.match(door, /operator/);
  assert.ok(door.includes(`${hive.home}/secrets/operator-password`), door);
  await signIn(page, hive, '/threads');
  assert.equal(await page.title(), 'Threads · hyperhive');
  const cookies = await person.cookies(hive.urls.dashboard);
  const session = cookies.find(({ name }) => /^hive_[0-9a-f]{8}_session$/.test(name));
  assert.deepEqual([session?.httpOnly, session?.sameSite], [true, 'Lax']);
});

test('a message shows up without a reload, within a second', async () => {
  await page.goto(hive.urls.dashboard);
  await live(page);
  const sent = inContainer(hive, 'alice', ['hive', 'send', 'operator', 'The **importer** reads the new columns.']);
  const shown = page.locator('#flow .message', { hasText: 'The importer reads the new columns.' });
  await shown.waitFor();
  const seenAt = Date.now();
  await sent;
  const [row] = hive.rows<{ created_at: number }>('SELECT created_at FROM messages ORDER BY id DESC LIMIT 1');
  assert.ok(seenAt - row!.created_at < 1000, `${seenAt - row!.created_at} ms`);
  assert.equal(await shown.locator('strong').innerText(), 'importer');
  assert.match(await page.locator('#needs-summary').innerText(), /1 thing needs you/);
  await page.getByRole('button', { name: 'Mark read' }).click();
  await page.getByText('Nothing needs you').waitFor();
});

test('an ask is answered in place, by one click', async () => {
  const id = await ask('Ship it?', 'yes', 'not yet');
  const card = page.locator(`#ask-${id}`);
  await card.getByRole('button', { name: 'not yet' }).click();
  await page.locator(`#ask-${id}`, { hasText: 'Answered: not yet' }).waitFor();
  await page.getByText('Nothing needs you').waitFor();
  assert.equal(await answerOf(id), 'not yet');
  assert.equal(await page.title(), 'Hive · hyperhive');
});

test('who answers second is told where they answered', async () => {
  const id = await ask('Which one?');
  const card = page.locator(`#ask-${id}`);
  await card.getByLabel('Your answer to alice').fill('the left one');
  await hive.call(methods.answer, { id, text: 'the right one' });
  await card.getByRole('button', { name: 'Answer', exact: true }).click();
  await card.getByText('Not taken').waitFor();
  assert.match(await card.innerText(), /you answered first: the right one/);
  assert.equal(await answerOf(id), 'the right one');
});

test('what is half-written, open and focused stays while the page lives on', async () => {
  const id = await ask('What shall I do?');
  await inContainer(hive, 'alice', ['hive', 'send', 'operator', 'First things first.']);
  await inContainer(hive, 'alice', ['hive', 'send', 'operator', 'Second thoughts.']);
  const field = page.locator(`#ask-${id} textarea`);
  await field.fill('well, ');
  const earlier = page.locator('#flow details.earlier').first();
  await earlier.locator('summary').click();
  await field.focus();
  await inContainer(hive, 'alice', ['hive', 'send', 'operator', 'Third time lucky.']);
  await page.locator('#flow .message', { hasText: 'Third time lucky.' }).waitFor();
  await page.keyboard.type('go on');
  assert.equal(await field.inputValue(), 'well, go on');
  assert.equal(await page.locator('#flow details.earlier[open]').count(), 1);
  await page.keyboard.press('Control+Enter');
  await page.locator(`#ask-${id}`, { hasText: 'Answered: well, go on' }).waitFor();
  assert.equal(await answerOf(id), 'well, go on');
});

test('an ask leads to its issue on the forge, and an agent to its page there', async () => {
  const id = await ask('May I take the database offline?');
  await page.locator(`#ask-${id}`).getByRole('link', { name: 'Issue' }).click();
  await page.waitForURL(`${hive.urls.forge}/org-shared/threads/issues/*`);
  assert.match(await page.title(), /May I take the database offline/);
  await page.goto(`${hive.urls.dashboard}/agents/alice`);
  await page.getByRole('link', { name: 'On the forge' }).click();
  await page.waitForURL(`${hive.urls.forge}/alice`);
  await hive.call(methods.answer, { id, text: 'no' });
});

test('the keyboard reaches everything: palette, help, what needs you', async () => {
  const id = await ask('Hello?');
  await page.goto(hive.urls.dashboard);
  await live(page);
  await page.keyboard.press('n');
  assert.equal(await page.evaluate('document.activeElement.id'), `ask-${id}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${hive.urls.dashboard}/threads/${id}`);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('k');
  await page.locator('#palette-list li').first().waitFor();
  await page.keyboard.type('ali');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${hive.urls.dashboard}/agents/alice`);
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL(`${hive.urls.dashboard}/threads`);
  await hive.call(methods.answer, { id, text: 'hello' });
});

test('an agent is paused, sent a message and resumed from its page', async () => {
  await page.goto(`${hive.urls.dashboard}/agents/alice`);
  await live(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('#agent .state', { hasText: 'paused' }).waitFor();
  await page.getByLabel('Message to alice').fill('When you are back: the *readme*.');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('#messages .message', { hasText: 'When you are back: the readme.' }).waitFor();
  assert.equal(await page.getByLabel('Message to alice').inputValue(), '');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('#turns .turn', { hasText: 'ok' }).first().waitFor();
});

test('what a person presses shows at once, though a swap under a moving pointer waits', async () => {
  const other = await person.newPage();
  // Time that stands still: what waits for the pointer to rest waits for ever.
  await other.addInitScript('performance.now = () => 1e6');
  await other.goto(`${hive.urls.dashboard}/agents/alice`);
  await live(other);
  const button = other.getByRole('button', { name: 'Pause' });
  await button.hover();
  await hive.call(methods.setPaused, { name: 'alice', paused: true });
  await page.goto(`${hive.urls.dashboard}/agents/alice`);
  await page.locator('#agent .state', { hasText: 'paused' }).waitFor();
  await hive.call(methods.setPaused, { name: 'alice', paused: false });
  await button.click();
  await other.locator('#agent .state', { hasText: 'paused' }).waitFor();
  await other.getByRole('button', { name: 'Resume' }).click();
  await other.getByRole('button', { name: 'Pause' }).waitFor();
  await other.close();
});

test('a daemon that was killed is back on the open page without a reload', async () => {
  await page.goto(hive.urls.dashboard);
  await live(page);
  await page.evaluate('window.untouched = true');
  await hive.killDaemon('SIGKILL');
  await hive.startDaemon();
  await hive.agentIn('alice', 'idle');
  await inContainer(hive, 'alice', ['hive', 'send', 'operator', 'Did I miss something?']);
  await page.locator('#flow .message', { hasText: 'Did I miss something?' }).waitFor();
  assert.equal(await page.evaluate('window.untouched'), true);
});

test('with JavaScript off everything still works', async () => {
  const id = await ask('Without a script?', 'yes', 'no');
  const plain = await (await browser.open({ javaScriptEnabled: false })).newPage();
  await signIn(plain, hive);
  await plain.locator(`#ask-${id}`).getByRole('button', { name: 'yes' }).click();
  await plain.waitForURL(`${hive.urls.dashboard}/`);
  assert.equal(await plain.locator(`#ask-${id}`).count(), 0);
  assert.equal(await answerOf(id), 'yes');
  await plain.getByLabel('To', { exact: true }).selectOption('alice');
  await plain.getByLabel('Message', { exact: true }).fill('sent without a script');
  await plain.getByRole('button', { name: 'Send' }).click();
  await plain.locator('#flow .message', { hasText: 'sent without a script' }).waitFor();
  await plain.getByRole('button', { name: 'Pause alice' }).click();
  await plain.getByRole('button', { name: 'Resume alice' }).click();
  await plain.getByRole('button', { name: 'Pause alice' }).waitFor();
  await plain.getByRole('link', { name: 'Threads' }).first().click();
  await plain.getByRole('link', { name: 'Without a script?' }).click();
  await plain.getByText('answered').first().waitFor();
});

test('signing out ends the session everywhere', async () => {
  const other = await person.newPage();
  await other.goto(hive.urls.dashboard);
  await live(other);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${hive.urls.dashboard}/sign-in`);
  await other.waitForURL(`${hive.urls.dashboard}/sign-in*`);
});
