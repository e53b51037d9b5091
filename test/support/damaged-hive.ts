import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../chaos/random.ts';
import { openTestBroker, report, to } from './broker.ts';
import { openTestDatabase } from './database.ts';
import type { LeftDatabase } from './killed-database.ts';

/** A hive's database as its process left it, with what was said to bob, by message. */
export interface LeftHive extends LeftDatabase {
  said: ReadonlyMap<number, string>;
  /** Of those, what bob is done with. */
  acked: ReadonlySet<number>;
}

const PAGE = 4096;
const MESSAGES = 60;
const ACKED = 32;

/** Ways in which a page goes bad. */
const HARMS = {
  noise: (page: Buffer, random: Random) => page.forEach((_, at) => (page[at] = random.between(0, 255))),
  zeros: (page: Buffer) => page.fill(0),
  bits: (page: Buffer, random: Random) => {
    for (let flip = 0; flip < 20; flip++) flipBit(page, random);
  },
  'one bit': flipBit,
} satisfies Record<string, (page: Buffer, random: Random) => unknown>;

/** A hive in which alice said short and long things to bob, who is done with half of them; copied while it runs, or closed. */
export async function leaveHive(how: 'killed' | 'closed'): Promise<LeftHive> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-left-'));
  const said = new Map<number, string>();
  const acked = new Set<number>();
  const hive = openTestDatabase();
  await using alice = await openTestBroker(['alice', 'bob'], { hive });
  for (let index = 0; index < MESSAGES; index++) {
    const body = `number ${index}: ${index % 10 === 9 ? 'long '.repeat(2000) : 'some words '.repeat(20)}`;
    said.set((await alice.broker.send('alice', to('bob', body))).id, body);
  }
  const session = await alice.connect('bob');
  while (acked.size < ACKED) {
    const { turn, deliveries } = await alice.next(session, 8);
    const presented = deliveries.map(({ delivery }) => delivery);
    await alice.broker.turnEnd(session, report(turn, 'ok', presented));
    for (const { id } of deliveries) acked.add(id);
  }
  await alice.broker.sessionEnded(session, 'stopped', 'test');
  if (how === 'closed') hive.db.close();
  execFileSync('sh', ['-c', 'cp -p "$1"* "$2"', 'sh', hive.file, dir]);
  const file = join(dir, 'hive.db');
  return { dir, file, said, acked, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Harms one random page of a file's bytes; says how and which. */
export function harmPage(bytes: Buffer, random: Random): string {
  const what = random.pick(Object.keys(HARMS) as (keyof typeof HARMS)[]);
  const page = random.between(0, Math.ceil(bytes.length / PAGE) - 1);
  HARMS[what](bytes.subarray(page * PAGE, (page + 1) * PAGE), random);
  return `${what} in page ${page}`;
}

function flipBit(page: Buffer, random: Random): void {
  const at = random.between(0, page.length - 1);
  page[at] = (page[at] ?? 0) ^ (1 << random.between(0, 7));
}
