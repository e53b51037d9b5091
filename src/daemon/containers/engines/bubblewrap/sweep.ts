import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Host, ProcessIdentity } from '#src/daemon/host/api.ts';
import { finish, killAll } from './death.ts';
import { handleFile, readHandle, readText, statusFile, type Record } from './record.ts';

/** Ends and removes every container that left a record folder below `records` or a control group and is not in `kept`. */
export async function sweep(host: Host, records: string, kept: ReadonlySet<string>): Promise<void> {
  const ids = new Set([...recordFolders(records), ...host.limits.list()]);
  for (const id of ids) {
    if (!kept.has(id)) await sweepOne(host, join(records, id));
  }
}

function recordFolders(records: string): string[] {
  return existsSync(records) ? readdirSync(records) : [];
}

async function sweepOne(host: Host, recordDir: string): Promise<void> {
  const record = storedRecord(recordDir);
  if (record) await finish(host, record);
  else await killStarting(host, recordDir);
  await removeTraces(host, recordDir, record?.cgroups ?? host.limits.find(basename(recordDir)));
}

/** Removes the control groups and the record folder of a dead container. */
export async function removeTraces(host: Host, recordDir: string, cgroups: string[]): Promise<void> {
  await host.limits.remove(cgroups);
  rmSync(recordDir, { recursive: true, force: true });
}

/**
 * Kills a start that got no handle: whoever holds its status file open is its launcher or its bubblewrap, and nobody else. Each is stopped before its
 * children are counted, since bubblewrap's child lives on alone when it is missed.
 */
export async function killStarting(host: Host, recordDir: string): Promise<void> {
  const { processes, limits } = host;
  const id = basename(recordDir);
  for (let round = 0, empty = 0; round < MOST_ROUNDS && empty < EMPTY_ROUNDS; round++) {
    const holders = identified(host, processes.holdersOf(statusFile(recordDir))).filter(
      ({ pid }) => pid !== process.pid,
    );
    for (const holder of holders) processes.signal(holder, 'SIGSTOP');
    const children = holders.flatMap(({ pid }) => identified(host, processes.children(pid)));
    await killAll(host, [...holders, ...children], limits.find(id), id);
    empty = holders.length === 0 ? empty + 1 : 0;
  }
}

function identified(host: Host, pids: number[]): ProcessIdentity[] {
  return pids.map((pid) => host.processes.identify(pid)).filter((identity) => identity !== null);
}

/** One look misses a helper that a launcher forks and leaves to itself while /proc is read. */
const EMPTY_ROUNDS = 2;
/** A launcher's own helpers may outlive it by moments. */
const MOST_ROUNDS = 20;

function storedRecord(recordDir: string): Record | null {
  try {
    return readHandle(readText(handleFile(recordDir)));
  } catch {
    return null;
  }
}
