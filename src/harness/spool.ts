import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Input } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';

/** How a turn ended, as it is told to the daemon. */
export type TurnEnd = Input<typeof methods.turnEnd>;

/** Turn ends that the daemon has not confirmed yet, one file each, so that neither a restarted daemon nor a restarted harness loses one. */
export interface Spool {
  /** Durable before it resolves: written beside and renamed. */
  put(end: TurnEnd): Promise<void>;
  /** Oldest first; unreadable files are dropped. */
  all(): Promise<TurnEnd[]>;
  remove(turn: number): Promise<void>;
}

/** The spool in `folder`, which is made when it is missing. */
export async function openSpool(folder: string): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fileOf = (turn: number): string => join(folder, `turn-${turn}.json`);
  return {
    async put(end) {
      const draft = join(folder, `.turn-${end.turn}.new`);
      await writeFile(draft, JSON.stringify(end), { flush: true });
      await rename(draft, fileOf(end.turn));
    },
    async all() {
      const names = (await readdir(folder)).filter((name) => /^turn-\d+\.json$/.test(name));
      const ends = await Promise.all(names.map((name) => readEnd(join(folder, name))));
      return ends.filter((end) => end !== undefined).toSorted((a, b) => a.turn - b.turn);
    },
    async remove(turn) {
      await rm(fileOf(turn), { force: true });
    },
  };
}

async function readEnd(path: string): Promise<TurnEnd | undefined> {
  try {
    return methods.turnEnd.input.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    await rm(path, { force: true });
    return undefined;
  }
}
