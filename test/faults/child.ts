import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { toHiveError } from '#src/lib/errors.ts';
import { settle } from '../support/clock.ts';
import { waitUntil } from '../support/wait.ts';
import { Actor } from './acts.ts';
import type { Act } from './acts.ts';
import { openHive, START, startHive } from './hive.ts';
import type { FaultHive } from './hive.ts';
import { tell } from './history.ts';
import { STORIES } from './stories.ts';

/** Exit code of a daemon whose storage failed (src/daemon/main.ts). */
const STORAGE_FAILED = 70;
/** Longer than the pause before a full disk is looked at again. */
const SPACE_AGAIN_MS = 60_000;

/**
 * Lets one story happen to the hive in `--home` and tells every act on its output before and after. Under strace it is the process that gets the
 * fault; what it told is all that the judge believes.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string', default: '' },
      story: { type: 'string', default: '' },
      migrations: { type: 'string' },
      normal: { type: 'boolean', default: false },
      statements: { type: 'string' },
    },
  });
  const story = STORIES[values.story];
  if (!story) throw new Error(`there is no story "${values.story}"`);
  if (values.statements) killAfter(Number(values.statements));
  if (story.opens) mark(values.home, 'begin');
  const hive = openOrEnd(join(values.home, 'hive.db'), {
    at: START,
    fatal: () => process.exit(STORAGE_FAILED),
    ...(values.migrations && { migrationsDir: values.migrations }),
    ...(values.normal && { synchronous: 'NORMAL' }),
  });
  await startHive(hive);
  const actor = new Actor(hive);
  let step = 0;
  const round = (acts: Act[]): Promise<unknown> => Promise.all(acts.map((act) => attempt(actor, act, step++)));
  for (const acts of story.before ?? []) await round(acts);
  if (!story.opens && !story.closes) mark(values.home, 'begin');
  for (const acts of story.rounds) await round(acts);
  mark(values.home, 'end');
  await afterwards(hive, actor, step);
  if (story.closes) mark(values.home, 'begin');
  if (story.closes) await hive[Symbol.asyncDispose]();
  else process.exit(0);
}

/** A start that fails tells why, as the daemon does. */
function openOrEnd(...how: Parameters<typeof openHive>): FaultHive {
  try {
    return openHive(...how);
  } catch (error) {
    const { code, message } = toHiveError(error);
    process.stderr.write(`${code}: ${message}\n`);
    process.exit(1);
  }
}

/** The process ends in a migration, after so many of its statements. */
function killAfter(statements: number): void {
  let left = statements;
  const exec = Sqlite.prototype.exec;
  Sqlite.prototype.exec = function (sql: string) {
    for (const statement of sql.split(/(?<=;)\n/)) {
      if (left-- === 0) process.kill(process.pid, 'SIGKILL');
      exec.call(this, statement);
    }
    return this;
  };
}

/** Shows in the trace where the tested part begins and ends: a file that never was there is removed. */
function mark(home: string, what: 'begin' | 'end'): void {
  try {
    unlinkSync(join(home, what));
  } catch {
    // It is not there.
  }
}

/** A disk that was full for a moment must not need a restart: once time has passed, a message gets through. */
async function afterwards(hive: FaultHive, actor: Actor, step: number): Promise<void> {
  await waitUntil('there is space again, and the reserve, which a fault may have hit in its thread', async () => {
    await hive.clock.advance(SPACE_AGAIN_MS);
    return !hive.writer.full() && hive.reserve.isHeld();
  });
  await attempt(actor, { do: 'agents' }, step);
  await attempt(actor, { do: 'send', from: 'operator', to: 'bob', body: 'afterwards' }, step + 1);
  await settle();
}

async function attempt(actor: Actor, wanted: Act, step: number): Promise<void> {
  const act = actor.prepare(wanted);
  if (!act) return;
  tell({ step, act, state: 'begun' });
  try {
    tell({ step, act, state: 'ok', result: await actor.perform(act) });
  } catch (error) {
    const { code, message } = toHiveError(error);
    tell({ step, act, state: 'refused', code, message });
  }
}

await main();
