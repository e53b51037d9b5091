import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fill } from '#src/lib/fill.ts';
import { INSIDE } from '../layout.ts';
import type { ForgeLayout } from '../layout.ts';

/** Name of the user Gitea believes to be; its sandbox and its environment say the same (FACTS/gitea §17). */
export const FORGE_USER = 'forge';

/** What differs from hive to hive in Gitea's configuration. */
export interface ForgeSettings {
  port: number;
  hiveId: string;
  /** Base address of the daemon's webhook receiver. */
  hookProxy: string;
  /** Base address of the dashboard, for the links back. */
  dashboard: string;
}

/** Texts of the look that name the dashboard, by their place below Gitea's custom folder. */
const LOOK = ['extra_links.tmpl', 'body_outer_pre.tmpl', 'header.tmpl'];

/** Writes app.ini and the custom look below `layout.conf` anew. */
export async function writeConfig(layout: ForgeLayout, settings: ForgeSettings): Promise<void> {
  const { templates, conf } = layout;
  const ini = fill(await readFile(join(templates, 'app.ini'), 'utf8'), {
    user: FORGE_USER,
    work: INSIDE.work,
    secrets: INSIDE.secrets,
    port: settings.port,
    hook_proxy: settings.hookProxy,
    hive_id: settings.hiveId,
  });
  await mkdir(conf, { recursive: true });
  await writeLook(layout, settings.dashboard);
  await writeFile(join(conf, 'app.ini.new'), ini, { mode: 0o644 });
  await rename(join(conf, 'app.ini.new'), join(conf, 'app.ini'));
}

async function writeLook({ templates, conf }: ForgeLayout, dashboard: string): Promise<void> {
  const custom = join(conf, 'custom');
  await rm(custom, { recursive: true, force: true });
  await cp(join(templates, 'public'), join(custom, 'public'), { recursive: true });
  const pages = join(custom, 'templates', 'custom');
  await mkdir(pages, { recursive: true });
  for (const name of LOOK) {
    const text = await readFile(join(templates, name), 'utf8');
    await writeFile(join(pages, name), fill(text, { dashboard }), { mode: 0o644 });
  }
}
