import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { methods } from '#src/protocol/methods/index.ts';
import { live, signIn, startBrowser } from '../support/browser.ts';
import { startHive } from '../support/hive.ts';

test('a dead letter needs the operator, who retries or dismisses it on the first page', async () => {
  await using hive = await startHive({ patience: { attempts: 1 } });
  await using browser = await startBrowser();
  await hive.addAgent('alice', { command: ['sh', '-c', 'cat > /dev/null; [ -e /shared/mended ]'] });
  const page = await (await browser.open()).newPage();
  await signIn(page, hive);
  await live(page);
  await hive.call(methods.send, { to: 'alice', body: 'Read the new columns.' });
  const notice = page.locator('#needs .notice[id^="notice-dead"]', { hasText: 'Read the new columns.' });
  await notice.waitFor();
  const summary = page.locator('#needs-summary');
  assert.equal(await summary.innerText(), '1 thing needs you', 'the hive also wrote to the operator of it');

  writeFileSync(join(hive.home, 'shared/mended'), '');
  await notice.getByRole('button', { name: 'Retry' }).click();
  await notice.waitFor({ state: 'detached' });
  assert.equal(await summary.innerText(), 'Nothing needs you');

  rmSync(join(hive.home, 'shared/mended'));
  await hive.call(methods.send, { to: 'alice', body: 'Read the old columns.' });
  const old = page.locator('#needs .notice[id^="notice-dead"]', { hasText: 'Read the old columns.' });
  await old.getByRole('button', { name: 'Dismiss' }).click();
  await old.waitFor({ state: 'detached' });
  const { dead } = await hive.call(methods.deadList, {});
  assert.deepEqual(dead, []);
  assert.deepEqual(browser.problems, []);
});
