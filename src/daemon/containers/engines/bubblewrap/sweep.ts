import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { Host } from '#src/daemon/host/api.ts';
import { finish, killAll } from './death.ts';
import { handleFile, readHandle, readText, statusFile, type Record } from './record.ts';

/** Ends and removes a container by what its record folder tells. */
export async function sweep(host: Host, recordDir: string): Promise<void> {
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

/** Kills a start that got no handle: whoever holds its status file open is its launcher or its bubblewrap, and nobody else. */
export async function killStarting(host: Host, recordDir: string): Promise<void> {
  const { processes, limits } = host;
  const holders = processes.holdersOf(statusFile(recordDir)).filter((pid) => pid !== process.pid);
  const pids = [...holders, ...holders.flatMap((pid) => processes.children(pid))];
  const known = pids.map((pid) => processes.identify(pid)).filter((identity) => identity !== null);
  const id = basename(recordDir);
  await killAll(host, known, limits.find(id), id);
}

function storedRecord(recordDir: string): Record | null {
  try {
    return readHandle(readText(handleFile(recordDir)));
  } catch {
    return null;
  }
}
