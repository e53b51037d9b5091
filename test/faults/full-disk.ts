import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toHiveError } from '#src/lib/errors.ts';
import { waitUntil } from '../support/wait.ts';
import { Actor } from './acts.ts';
import type { Act } from './acts.ts';
import { openHive, START, startHive } from './hive.ts';
import type { FaultHive } from './hive.ts';
import type { Attempt } from './history.ts';
import { judge } from './judge.ts';

/** What somebody else put on the disk, and takes away again: more than the log takes when it is moved into the database. */
const BALLAST_BYTES = 8 * 1024 * 1024;
/** Senders at the same time, and the length of what they say. */
const SENDERS = 10;
const TEXT = 'x'.repeat(8000);
/** Turns that bob takes while the disk is full. */
const TURNS = 12;
/** More rounds of sends than any such disk holds. */
const MOST_ROUNDS = 500;

/** What happened on the full disk. */
export interface FullDisk {
  /** Sends that were confirmed before it was full. */
  confirmed: number;
  /** What sends were refused with. */
  refusals: string[];
  /** Turns that were taken, acked and confirmed while it was full. */
  turns: number;
  /** How the first turn failed, if one did. */
  failure: string | null;
  /** What became of the first send after space was there again, without a restart: `ok`, or why not. */
  again: string;
  /** What the judge found at the end. */
  wrong: string[];
}

/**
 * Sends into the hive in the folder that is given (a small file system of its own) until its disk is full, lets bob read and ack, makes space and sends again. Prints
 * a {@link FullDisk}.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { reserve: { type: 'string' } } });
  const folder = positionals[0] ?? '';
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
  const history: Attempt[] = [];
  const file = join(folder, 'hive.db');
  const result = await fill(file, Number(values.reserve), { history, makeSpace: () => rmSync(ballast) });
  const aside = mkdtempSync(join(tmpdir(), 'hive-judged-'));
  cpSync(folder, aside, { recursive: true });
  const wrong = await judge({ file: join(aside, 'hive.db'), history });
  rmSync(aside, { recursive: true });
  process.stdout.write(JSON.stringify({ ...result, wrong } satisfies FullDisk));
}

async function fill(
  file: string,
  reserveBytes: number,
  { history, makeSpace }: { history: Attempt[]; makeSpace: () => void },
): Promise<Omit<FullDisk, 'wrong'>> {
  await using hive = openHive(file, { at: START, fatal: (error) => process.stderr.write(String(error)), reserveBytes });
  await waitUntil('the reserve is there', () => hive.reserve.isHeld());
  await startHive(hive);
  const actor = new Actor(hive);
  const attempt = (act: Act): Promise<Attempt> => noted(actor, act, history);
  await attempt({ do: 'agents' });
  await attempt({ do: 'session', agent: 'bob' });
  const refused = await sendUntilRefused(attempt);
  const confirmed = history.filter(({ act, state }) => act.do === 'send' && state === 'ok').length;
  const { turns, failure } = await takeTurns(attempt);
  makeSpace();
  await spaceNoticed(hive);
  const again = await attempt({ do: 'send', from: 'operator', to: 'bob', body: 'there is space again' });
  const outcome = again.state === 'ok' ? 'ok' : `${again.state} ${again.code}: ${again.message}`;
  const refusals = [...new Set(refused.map(({ code, message }) => `${code}: ${message}`))];
  return { confirmed, refusals, turns, failure, again: outcome };
}

async function sendUntilRefused(attempt: (act: Act) => Promise<Attempt>): Promise<Attempt[]> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const sends = Array.from({ length: SENDERS }, (_, sender) =>
      attempt({ do: 'send', from: 'operator', to: 'bob', body: `${round} of ${sender} ${TEXT}` }),
    );
    const refused = (await Promise.all(sends)).filter(({ state }) => state === 'refused');
    if (refused.length > 0) return refused;
  }
  throw new Error('the disk never became full');
}

async function takeTurns(attempt: (act: Act) => Promise<Attempt>): Promise<{ turns: number; failure: string | null }> {
  for (let turns = 0; turns < TURNS; turns++) {
    for (const act of [
      { do: 'next', agent: 'bob' },
      { do: 'end', agent: 'bob', outcome: 'ok' },
    ] as const) {
      const { state, message } = await attempt(act);
      if (state !== 'ok') return { turns, failure: message ?? state };
    }
  }
  return { turns: TURNS, failure: null };
}

async function spaceNoticed({ clock, writer }: FaultHive): Promise<void> {
  await waitUntil('the space is noticed', async () => {
    await clock.advance(2000);
    return !writer.full();
  });
}

async function noted(actor: Actor, wanted: Act, history: Attempt[]): Promise<Attempt> {
  const attempt: Attempt = { step: history.length, act: actor.prepare(wanted) ?? wanted, state: 'begun' };
  history.push(attempt);
  try {
    attempt.result = await actor.perform(attempt.act);
    attempt.state = 'ok';
  } catch (error) {
    const { code, message } = toHiveError(error);
    Object.assign(attempt, { state: 'refused', code, message });
  }
  return attempt;
}

await main();
