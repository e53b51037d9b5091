import { readFileSync } from 'node:fs';

/** One process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot (`/proc/P/stat`, field 22). */
  startTime: string;
}

/** What `/proc/P/stat` tells of a process that lives. */
export interface ProcessStat {
  parent: number;
  startTime: string;
}

/** Null when the process is gone, or dead and not yet reaped. */
export function readStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name in parentheses may hold anything, also `)`: fields count from the last one. The first is the state, field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return { parent: Number(fields[1]), startTime: fields[19]! };
}

/** The process that has this pid now; null when there is none. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether exactly this process runs. */
export function isAlive(process: ProcessIdentity): boolean {
  return readStat(process.pid)?.startTime === process.startTime;
}

/** Signals exactly this process; false when it is gone. */
export function signal(target: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Names this boot of the machine: start times count from it. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
