import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeHomes } from './homes.ts';
import { runMatrix } from './matrix.ts';
import type { Place, Tally } from './matrix.ts';
import { withoutStrace } from './strace.ts';
import type { Fault } from './strace.ts';

const KINDS: Record<string, Fault> = { kill: 'KILL', eio: 'EIO', enospc: 'ENOSPC' };

/** Plants every kind of fault that is named (all when none is) at every storage call and prints what came of it; exit code 1 when a rule was broken. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { every: { type: 'string', default: '1' } },
  });
  const missing = withoutStrace();
  if (missing) {
    process.stderr.write(`faults: ${missing}\n`);
    return 1;
  }
  const wanted = positionals.length > 0 ? positionals : Object.keys(KINDS);
  const folder = mkdtempSync(join(tmpdir(), 'hive-faults-'));
  try {
    mkdirSync(join(folder, 'homes'));
    const place: Place = { folder, homes: await makeHomes(join(folder, 'homes')) };
    let broken = 0;
    for (const name of wanted) {
      const kind = KINDS[name];
      if (!kind) throw new Error(`there is no fault "${name}": use ${Object.keys(KINDS).join(', ')}`);
      const begun = performance.now();
      const tallies = await runMatrix(place, { kinds: [kind], every: Number(values.every), onTally: printTally });
      broken += printTotal(kind, tallies, performance.now() - begun);
    }
    return broken > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
