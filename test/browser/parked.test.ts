import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { live, signIn, startBrowser } from '../support/browser.ts';
import { startHive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Says something to `other` in every turn, whatever it got. */
function talkingTo(other: string): string[] {
  return ['sh', '-c', `hive send ${other} "turn $HIVE_TURN: after you"`];
}

test('a parked pair comes to the strip by itself and is released there; what was said is searched', async () => {
  await using hive = await startHive({ guards: { loop: { depth: 2 } } });
  await using browser = await startBrowser();
  await hive.addAgent('alice', { command: talkingTo('bob') });
  await hive.addAgent('bob', { command: talkingTo('alice') });
  const page = await (await browser.open()).newPage();
  await signIn(page, hive);
  await live(page);

  await hive.call(methods.send, { to: 'alice', body: 'please begin, dear alice' });
  const notice = page.locator('#notice-parked-1');
  await notice.getByText('alice and bob are parked, 1 message held').waitFor();
  assert.match(await notice.innerText(), /the chain of replies .* 2 are allowed\. Last: “turn \d+: after you”/);
  const said = page.locator('#flow .faint', { hasText: 'are parked: the chain of replies' }).first();
  const top = async (part: string): Promise<number> => (await said.locator(part).first().boundingBox())!.y;
  const [name, kind, when, text] = [await top('.name'), await top('.kind'), await top('.meta'), await top('.text')];
  assert.ok(Math.max(name, kind, when) - Math.min(name, kind, when) < 4, 'who, what and when stand in one line');
  assert.ok(text >= name + 16, 'a long text stands below them');
  await notice.getByRole('button', { name: 'Release' }).click();
  await notice.waitFor({ state: 'detached' });
  await waitUntil('the two went on and were parked again', async () =>
    (await hive.call(methods.parkedList, {})).pairs.some(({ id }) => id === 2),
  );

  await page.goto(`${hive.urls.dashboard}/messages`);
  await page.getByRole('searchbox', { name: 'Search' }).fill('dear BEGIN');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Messages with “dear BEGIN”' }).waitFor();
  assert.equal(await page.locator('#flow .message').count(), 1);
  await page.locator('#flow .message', { hasText: 'please begin, dear alice' }).waitFor();
  await page.getByRole('searchbox', { name: 'Search' }).fill('"nowhere*');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing holds all of these words.').waitFor();
});
