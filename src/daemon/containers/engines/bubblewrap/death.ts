import type { Host, ProcessIdentity } from '#src/daemon/host/api.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { ContainerEnd } from '../../engine.ts';
import { endReason } from './end-reason.ts';
import { readStatus, type Record } from './record.ts';
import { until } from './until.ts';

/** How long bubblewrap may take to write the exit code once the inside is gone; it needs milliseconds. */
const LAST_WORDS_MS = 2000;
/** How long the kernel may take to end what got SIGKILL. */
const DEATH_MS = 10_000;

/** Whether the container runs: its first process lives and nothing wrote its end down. */
export function isRunning(host: Host, record: Record): boolean {
  return (
    host.processes.bootId() === record.bootId &&
    readStatus(record.recordDir).exitCode === null &&
    host.processes.isAlive(record.inner)
  );
}

/**
 * Brings a container to its end and resolves when it is seen dead. bubblewrap reports the exit of the first command while others may live on inside
 * (it waits for them): all of them end here.
 */
export async function finish(host: Host, record: Record): Promise<ContainerEnd> {
  const sameBoot = host.processes.bootId() === record.bootId;
  if (sameBoot) {
    host.processes.signal(record.inner, 'SIGKILL');
    await until(() => !host.processes.isAlive(record.outer), LAST_WORDS_MS);
    await killAll(host, [record.outer, record.inner], record.cgroups, record.id);
  }
  const { exitCode } = readStatus(record.recordDir);
  const oomKills = host.limits.oomKills(record.cgroups);
  return { exitCode, reason: endReason({ exitCode, oomKills, memoryMb: record.memoryMb, sameBoot }) };
}

/** Kills `known` and everything in `cgroups` until none of them is left. Throws `internal` when the kernel does not let go of one. */
export async function killAll(host: Host, known: ProcessIdentity[], cgroups: string[], id: string): Promise<void> {
  const gone = await until(() => killOnce(host, known, cgroups) === 0, DEATH_MS);
  if (!gone)
    throw new HiveError('internal', `processes of container ${id} survive SIGKILL: see dmesg, then restart the host`);
}

function killOnce(host: Host, known: ProcessIdentity[], cgroups: string[]): number {
  const members = host.limits.members(cgroups).map((pid) => host.processes.identify(pid));
  const living = [...known, ...members].filter((process) => process !== null && host.processes.isAlive(process));
  for (const process of living) host.processes.signal(process!, 'SIGKILL');
  return living.length;
}
