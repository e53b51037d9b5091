import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity, Processes } from './api.ts';

/** What `/proc/P/stat` tells of a process that lives. */
interface ProcessStat {
  parent: number;
  startTime: string;
}

/** Processes of this host, read from /proc. */
export function createProcesses(): Processes {
  return {
    bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    identify,
    isAlive,
    children,
    signal,
    signalSandbox,
    holdersOf,
  };
}

/** Null when the process is gone, or dead and not yet reaped. */
function readStat(pid: number): ProcessStat | null {
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

function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

function isAlive(process: ProcessIdentity): boolean {
  return readStat(process.pid)?.startTime === process.startTime;
}

function children(pid: number): number[] {
  return allPids().filter((candidate) => readStat(candidate)?.parent === pid);
}

function signal(target: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Outer bubblewrap → its init inside → the processes of the sandbox. */
function signalSandbox(pid: number, name: NodeJS.Signals): void {
  for (const init of children(pid)) {
    for (const child of children(init)) {
      const target = identify(child);
      if (target) signal(target, name);
    }
  }
}

function holdersOf(path: string): number[] {
  return allPids().filter((pid) => openFiles(pid).includes(path));
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`));
  } catch {
    return [];
  }
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
