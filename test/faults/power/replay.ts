import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readHistory } from '../history.ts';
import { judge } from '../judge.ts';
import type { Place } from '../matrix.ts';
import { STORIES } from '../stories.ts';
import { runStory } from '../strace.ts';
import { Disk } from './disk.ts';
import type { Chance } from './disk.ts';
import { readEvents } from './events.ts';
import type { DiskEvent } from './events.ts';

/** A crash that broke a rule. */
export interface PowerLoss {
  story: string;
  /** Which round; with the seed it makes the same image again. */
  round: number;
  /** How many events had happened. */
  after: number;
  wrong: string[];
}

/** What is replayed. */
export interface Replay {
  story: string;
  rounds: number;
  seed: number;
  /** Weaker durability, to prove that the replay notices. */
  synchronous?: 'NORMAL';
}

/**
 * Records every write and sync of a story's process, then lets the power go at every end of a sync and at random moments in between: each image of the disk, with all
 * that was synced and any part of what was not, is opened by the real code and held against what had been confirmed by then.
 */
export async function replayPowerLoss(place: Place, replay: Replay): Promise<PowerLoss[]> {
  const { story, rounds, seed } = replay;
  const { home: from, migrates } = STORIES[story] ?? { home: 'none' };
  const home = join(place.folder, `power-${story}`);
  const before = `${home}-before`;
  place.homes.copy(from, home);
  cpSync(home, before, { recursive: true });
  const migrations = migrates ? { migrations: place.homes.migrations } : {};
  const how = {
    home,
    story,
    cache: join(place.folder, 'cache'),
    record: true,
    normal: replay.synchronous === 'NORMAL',
  };
  const ran = await runStory({ ...how, ...migrations });
  // The record of where the log ends is only right about a log that is synced at every commit (src/daemon/db).
  const ignored = replay.synchronous === 'NORMAL' ? /hive\.db-tail$/ : /^$/;
  const events = readEvents(ran.calls, home).filter((event) => event.do === 'tell' || !ignored.test(event.path));
  const losses: PowerLoss[] = [];
  const disk = new Disk(home, before);
  let applied = 0;
  for (const [round, after] of moments(events, rounds, chanceOf(seed)).entries()) {
    const image = `${home}-image`;
    for (; applied < after; applied++) disk.apply(events[applied] as DiskEvent);
    disk.writeImage(image, chanceOf(seed + round));
    const history = readHistory(
      events
        .slice(0, after)
        .map((event) => (event.do === 'tell' ? event.text : ''))
        .join(''),
    );
    const wrong = await judge({
      ...{ file: join(image, 'hive.db'), history },
      ...(migrates && { migrationsDir: place.homes.migrations }),
    });
    if (wrong.length > 0) losses.push({ story, round, after, wrong });
    rmSync(image, { recursive: true, force: true });
  }
  for (const path of [home, before, `${home}.strace`]) rmSync(path, { recursive: true, force: true });
  return losses;
}

/** After how many events the power goes: just before and after every sync first, as far as there are rounds, then anywhere. */
function moments(events: DiskEvent[], rounds: number, chance: Chance): number[] {
  const syncs = events.flatMap(({ do: what }, index) => (what === 'sync' ? [index, index + 1] : []));
  const chosen = syncs.filter(() => chance() < rounds / 2 / syncs.length);
  while (chosen.length < rounds) chosen.push(Math.floor(chance() * (events.length + 1)));
  return chosen.toSorted((a, b) => a - b);
}

/** A small generator of random numbers (mulberry32). */
function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
