import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { which } from '#src/lib/which.ts';
import type { Hive } from './hive.ts';

/** Without these Chromium asks its maker for things at every start. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium. */
export interface TestBrowser extends AsyncDisposable {
  /** A fresh profile. What its pages log as errors, and violations of their policy, end up in `problems`. */
  open(options?: BrowserContextOptions): Promise<BrowserContext>;
  problems: string[];
}

/** Starts the Chromium of PATH, headless, with an empty profile; `args` are added to its own. */
export async function startBrowser(args: string[] = []): Promise<TestBrowser> {
  const executablePath = await which('chromium', process.env['PATH'] ?? '');
  if (executablePath === null) throw new Error('there is no chromium on PATH: apt-get install -y chromium');
  const profile = await mkdtemp(join(tmpdir(), 'hive-chromium-'));
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', ...QUIET, ...args],
    env: { HOME: profile, PATH: process.env['PATH'] ?? '' },
  });
  const problems: string[] = [];
  return {
    problems,
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      context.on('weberror', (error) => problems.push(String(error.error())));
      context.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      return context;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Signs in as the operator through the forge's own pages and waits for the dashboard's page at `path`. */
export async function signIn(page: Page, hive: Hive, path = '/'): Promise<void> {
  await page.goto(hive.urls.dashboard + path);
  await page.getByRole('button', { name: 'Sign in with the forge' }).click();
  await page.locator('#user_name').fill('operator');
  await page.locator('#password').fill(hive.password());
  await page.getByRole('button', { name: 'Sign In' }).click();
  await page.waitForURL(hive.urls.dashboard + path);
}

/** Waits until the page's live connection is there: from then on it shows what happens. */
export async function live(page: Page): Promise<void> {
  await page.locator('body[data-live]').waitFor({ state: 'attached' });
}
