import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { toHiveError } from '#src/lib/errors.ts';
import { forgeWords } from '#src/protocol/forge-words.ts';
import { readConfigFile } from '../../config.ts';
import type { Context } from '../api.ts';

/** Reading a larger database takes longer than somebody waits for an answer. */
const READ_NOW_BYTES = 64 * 1024 * 1024;

/** One check of `hive doctor`; `fix` is what to do when it failed. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  fix: string | null;
}

/** Looks at every part of the running hive. */
export async function doctorChecks(context: Context): Promise<Check[]> {
  return [
    await configuration(context),
    await database(context),
    disk(context),
    forge(context),
    web(context),
    await containers(context),
    login(context),
    ...agents(context),
    ...(context.config.root ? [] : [rootless()]),
    ...context.health.alerts().map((alert) => ({ name: 'daemon', ok: false, detail: alert, fix: null })),
    ...context.limits().map((limit) => ({ name: 'limits', ok: true, detail: limit, fix: null })),
  ];
}

/** What stands in its file now: the daemon read it when it started, and the next start does. */
async function configuration({ config }: Context): Promise<Check> {
  const about = { name: 'config', fix: null };
  try {
    await readConfigFile(config.home);
    return { ...about, ok: true, detail: join(config.home, 'config.json') };
  } catch (error) {
    return { ...about, ok: false, detail: `the next start fails: ${toHiveError(error).message}` };
  }
}

async function database({ config, checkDatabase }: Context): Promise<Check> {
  const { size } = statSync(join(config.home, 'hive.db'));
  if (size > READ_NOW_BYTES) return databaseIs(true, `opens; ${size} bytes, read through once a day`);
  const found = await checkDatabase();
  if (!found) return databaseIs(true, 'opens; it could not be read through now: hive logs says why');
  return databaseIs(found.problem === null, found.problem ?? 'sound');
}

function databaseIs(ok: boolean, detail: string): Check {
  const fix = 'hive down, then hive up, which sets it aside and says how to go back to a backup';
  return { name: 'database', ok, detail, fix: ok ? null : fix };
}

function disk({ config, writer }: Context): Check {
  const { bavail, bsize } = statfsSync(config.home);
  const free = `${Math.floor((bavail * bsize) / (1024 * 1024))} MiB free at ${config.home}`;
  const ok = !writer.full();
  return {
    name: 'disk',
    ok,
    detail: ok ? free : `full: nothing new is stored, what is stored can be read and acked (${free})`,
    fix: ok ? null : `free at least ${2 * config.disk_reserve_mib} MiB there; the hive goes on by itself`,
  };
}

function forge(context: Context): Check {
  const found = context.forge.state();
  const ok = found.state === 'up';
  return {
    name: 'forge',
    ok,
    detail: ok ? `Gitea ${found.version ?? ''} at ${context.urls.forge}` : forgeWords(found),
    fix: ok ? null : 'hive logs forge',
  };
}

function web(context: Context): Check {
  const { state, detail } = context.web.state();
  const ok = state === 'up';
  return { name: 'web', ok, detail: ok ? context.urls.dashboard : detail, fix: ok ? null : 'hive logs web' };
}

async function containers(context: Context): Promise<Check> {
  const { ok, detail, fix } = await context.containers.probe();
  return { name: 'containers', ok, detail, fix: fix ?? null };
}

function login(context: Context): Check {
  const stored = context.logins.current();
  const needed = context.agents.all().some(({ config }) => config.runtime === 'claude');
  return {
    name: 'login',
    ok: stored !== undefined || !needed,
    detail: stored ? `${stored.provider}, ${stored.kind}` : 'no model credential is stored',
    fix: stored || !needed ? null : 'hive login',
  };
}

function agents(context: Context): Check[] {
  return context.agents
    .rows()
    .filter(({ state }) => state === 'failed')
    .map(({ name, detail }) => ({
      name: `agent ${name}`,
      ok: false,
      detail: detail ?? 'failed',
      fix: `hive logs ${name}`,
    }));
}

function rootless(): Check {
  const detail =
    'rootless: all agents share your uid, so only their containers keep them apart from each other and from you';
  return { name: 'isolation', ok: true, detail, fix: null };
}
