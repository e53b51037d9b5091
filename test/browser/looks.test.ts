import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { live, signIn, startBrowser } from '../support/browser.ts';
import type { TestBrowser } from '../support/browser.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { makeLively } from '../support/lively-hive.ts';

const IMAGES = resolve(import.meta.dirname, '../../docs/images');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PHONE: BrowserContextOptions = {
  ...{ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};
const PATHS = ['/', '/agents/alice', '/threads', '/threads/2', '/messages', '/messages/1'];

let hive: Hive;
let browser: TestBrowser;
let state: Exclude<BrowserContextOptions['storageState'], string | undefined>;

before(async () => {
  hive = await startHive();
  browser = await startBrowser();
  await makeLively(hive);
  const page = await (await browser.open()).newPage();
  await signIn(page, hive);
  state = await page.context().storageState();
  await page.context().close();
  await mkdir(IMAGES, { recursive: true });
});
after(async () => {
  await browser[Symbol.asyncDispose]();
  await hive[Symbol.asyncDispose]();
});

/** A signed-in page of a fresh profile at `path`, live. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.open({ ...options, storageState: state });
  await context.addInitScript({ path: AXE });
  const page = await context.newPage();
  await page.goto(hive.urls.dashboard + path);
  if (path !== '/sign-in') await live(page);
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  await page.context().close();
}

test('pictures for the documentation: desktop, phone, dark', async () => {
  await picture(await open('/'), 'dashboard-desktop');
  await picture(await open('/', { colorScheme: 'dark' }), 'dashboard-dark');
  await picture(await open('/', PHONE), 'dashboard-phone');
  await picture(await open('/agents/alice'), 'agent');
});

const SCHEMES: [what: string, options: BrowserContextOptions][] = [
  ['on a desktop, light', {}],
  ['on a desktop, dark', { colorScheme: 'dark' }],
  ['on a phone', PHONE],
];
for (const [what, options] of SCHEMES) {
  test(`axe finds nothing ${what}`, async () => {
    for (const path of [...PATHS, '/sign-in']) {
      const page = await open(path, options);
      const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
        'axe.run({ resultTypes: ["violations"] }).then((result) => result.violations)',
      );
      const said = found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
      assert.deepEqual(said, [], path);
      await page.context().close();
    }
  });
}

test('axe finds nothing in the palette and the help', async () => {
  const page = await open('/');
  for (const [key, name] of [
    ['k', 'Jump to'],
    ['?', 'Keyboard'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole('dialog', { name }).waitFor();
    const found = await page.evaluate<{ id: string }[]>('axe.run("dialog[open]").then((result) => result.violations)');
    assert.deepEqual(
      found.map(({ id }) => id),
      [],
      name,
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name }).waitFor({ state: 'hidden' });
  }
  await page.context().close();
});

test('no page is wider than a phone', async () => {
  for (const path of [...PATHS, '/sign-in']) {
    const page = await open(path, PHONE);
    await page.evaluate(`for (const { lastChild } of document.querySelectorAll('.command span'))
      lastChild.textContent += '/and/more/folders'`);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, path);
    await page.context().close();
  }
});

test('on a phone everything that is pressed is as large as a thumb', async () => {
  const page = await open('/', PHONE);
  const small = await page.evaluate<
    string[]
  >(`[...document.querySelectorAll('button, .button, nav a, textarea, select')]
    .filter((element) => element.checkVisibility() && !element.matches('.command *'))
    .filter((element) => element.getBoundingClientRect().height < 44)
    .map((element) => element.outerHTML.slice(0, 120))`);
  assert.deepEqual(small, []);
  await page.context().close();
});

test('on a phone a message is written first, then sent', async () => {
  for (const path of ['/', '/agents/alice']) {
    const page = await open(path, PHONE);
    await page.evaluate(`document.querySelector('#compose-to')?.add(new Option('a-very-long-name'.repeat(3)))`);
    const box = async (part: string) => (await page.locator(`.compose ${part}`).boundingBox())!;
    const [text, send] = [await box('textarea'), await box('button')];
    assert.ok(text.width > 240, `${path}: ${text.width} px to write in`);
    if (path === '/') {
      const to = await box('select');
      assert.ok(to.y >= text.y + text.height, `${path}: to whom stands below the text`);
      assert.equal(send.y + send.height, to.y + to.height, `${path}: Send stands in the same row`);
      assert.ok(send.x >= to.x + to.width, `${path}: Send comes last`);
    } else assert.ok(send.y === text.y && send.x >= text.x + text.width, `${path}: Send stands beside the text`);
    await page.context().close();
  }
});

test('a message and its deliveries stand apart', async () => {
  const page = await open('/messages/1');
  const card = (await page.locator('#whole > .card').boundingBox())!;
  const heading = (await page.getByRole('heading', { name: 'Deliveries' }).boundingBox())!;
  assert.equal(heading.y - card.y - card.height, 24);
  await page.context().close();
});

test('what needs the operator and how everybody is are on the first screen', async () => {
  for (const options of [{}, PHONE]) {
    const page = await open('/', options);
    const { height } = page.viewportSize()!;
    for (const part of ['#needs-summary', '.roster', '.ask']) {
      const box = await page.locator(part).first().boundingBox();
      assert.ok(box && box.y + box.height <= height, `${part} ends at ${box && box.y + box.height} of ${height}`);
    }
    await page.context().close();
  }
});

test('the first page costs less than 100 KB, all of it', async () => {
  const context = await browser.open({ storageState: state });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(hive.urls.dashboard);
  await live(page);
  await page.waitForLoadState('load');
  assert.ok(bytes > 10_000 && bytes < 100_000, `${bytes} bytes`);
  const css = await readFile(resolve(import.meta.dirname, '../../templates/dashboard/assets/style.css'));
  assert.ok(css.length < 20 * 1024, `style.css has ${css.length} bytes`);
  await context.close();
});

test('nothing breaks the policy, nothing fails in the console', () => {
  assert.deepEqual(browser.problems, []);
});
