import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeHomes } from './homes.ts';
import { every, runMatrix } from './matrix.ts';
import type { Place, Tally } from './matrix.ts';
import { replayPowerLoss } from './power/replay.ts';
import { withoutStrace } from './strace.ts';
import type { Fault } from './strace.ts';

const KINDS: Record<string, Fault> = { kill: 'KILL', eio: 'EIO', enospc: 'ENOSPC' };
/** Losses of power per story. */
const ROUNDS: Record<string, number> = { life: 110, checkpoint: 30, migrate: 30, create: 30 };

/** Plants every kind of fault that is named (all when none is) at every storage call and prints what came of it; exit code 1 when a rule was broken. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { every: { type: 'string', default: '1' }, seed: { type: 'string', default: String(Date.now()) } },
  });
  const missing = withoutStrace();
  if (missing) {
    process.stderr.write(`faults: ${missing}\n`);
    return 1;
  }
  const wanted = positionals.length > 0 ? positionals : [...Object.keys(KINDS), 'power'];
  const folder = mkdtempSync(join(tmpdir(), 'hive-faults-'));
  try {
    mkdirSync(join(folder, 'homes'));
    const place: Place = { folder, homes: await makeHomes(join(folder, 'homes')) };
    let broken = 0;
    for (const name of wanted) {
      if (name === 'power') {
        broken += await losePower(place, Number(values.seed));
        continue;
      }
      const kind = KINDS[name];
      if (!kind) throw new Error(`there is no fault "${name}": use ${Object.keys(KINDS).join(', ')} or power`);
      const begun = performance.now();
      const tallies = await runMatrix(place, {
        kinds: [kind],
        choose: every(Number(values.every)),
        onTally: printTally,
      });
      broken += printTotal(kind, tallies, performance.now() - begun);
    }
    return broken > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every image at FULL must be sound, and at NORMAL some must not be: else the replay would notice nothing. */
async function losePower(place: Place, seed: number): Promise<number> {
  let broken = 0;
  for (const [story, rounds] of Object.entries(ROUNDS)) {
    const losses = await replayPowerLoss(place, { story, rounds, seed });
    console.log(`power   ${story.padEnd(11)} ${String(rounds).padStart(4)} images  ${losses.length} violations`);
    for (const { round, after, wrong } of losses)
      console.log(`        image ${round} after ${after} events: ${wrong.join('; ')}`);
    broken += losses.length;
  }
  const weaker = await replayPowerLoss(place, {
    story: 'life',
    rounds: ROUNDS['life'] ?? 0,
    seed,
    synchronous: 'NORMAL',
  });
  console.log(`power   life at NORMAL: ${weaker.length} of ${ROUNDS['life']} images lost something (some must)`);
  console.log(`power: seed ${seed}, ${broken} violations at FULL\n`);
  return broken + (weaker.length > 0 ? 0 : 1);
}

function printTally({ story, kind, points, violations }: Tally): void {
  console.log(
    `${kind.padEnd(7)} ${story.padEnd(11)} ${String(points).padStart(4)} points  ${violations.length} violations`,
  );
  for (const { point, wrong } of violations)
    for (const what of wrong) console.log(`        ${point.name} ${point.at} (${point.call.slice(0, 80)}): ${what}`);
}

function printTotal(kind: Fault, tallies: Tally[], ms: number): number {
  const points = tallies.reduce((sum, tally) => sum + tally.points, 0);
  const broken = tallies.reduce((sum, tally) => sum + tally.violations.length, 0);
  console.log(`${kind}: ${points} points, ${broken} violations, ${Math.round(ms / 1000)} s\n`);
  return broken;
}

process.exitCode = await main();
