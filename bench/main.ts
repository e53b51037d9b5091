import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { PeerRow } from './peers.ts';
import { plot } from './plot.ts';
import { FULL, LARGE, SMOKE } from './scales.ts';
import { fairness, fleet, growth, latency, peers, reminders, sends } from './sections.ts';
import type { Section } from './sections.ts';
import { newFolder } from './servers.ts';
import { describe, keepsMust } from './targets.ts';
import type { Target } from './targets.ts';
import { runFolder } from './run-folder.ts';

/** In this order. */
const SECTIONS: Record<string, Section> = { latency, sends, fairness, reminders, fleet, growth, peers };
const DOCS = join(import.meta.dirname, '../docs');
/** Anybody may pass: PostgreSQL runs as another user. */
const PASSABLE = 0o711;

/**
 * Measures the broker against this machine's own limits and beside other brokers in one run and prints the ratios; exit code 1 when a "must" is missed.
 * `--large` grows to ten million messages, `--smoke` only shows that everything runs, `--only NAME` takes one section, `--save` writes the numbers and their
 * plot into docs/.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      large: { type: 'boolean' },
      smoke: { type: 'boolean' },
      save: { type: 'boolean' },
      only: { type: 'string', multiple: true },
    },
  });
  const scale = values.smoke ? SMOKE : values.large ? LARGE : FULL;
  sayLoad();
  const parent = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  chmodSync(parent, PASSABLE);
  const targets: Target[] = [];
  let rows: PeerRow[] = [];
  try {
    for (const [name, section] of Object.entries(SECTIONS)) {
      if (values.only && !values.only.includes(name)) continue;
      targets.push(...(await section(newFolder(parent, name), scale, (found) => (rows = found))));
    }
  } finally {
    for (const folder of [parent, runFolder(parent)]) rmSync(folder, { recursive: true, force: true });
  }
  for (const target of targets) console.log(describe(target));
  if (values.save) save(targets, rows);
  if (!values.smoke && !targets.every(keepsMust)) process.exitCode = 1;
}

function sayLoad(): void {
  const [load = 0] = loadavg();
  if (load > availableParallelism() / 2)
    console.log(`this machine is busy (load ${load.toFixed(1)}): the ratios below are worse than on a quiet one`);
}

function save(targets: Target[], peers: PeerRow[]): void {
  writeFileSync(join(DOCS, 'benchmarks.json'), `${JSON.stringify({ targets, peers }, null, 2)}\n`);
  writeFileSync(join(DOCS, 'images/benchmarks.svg'), plot(targets, peers));
}

await main();
