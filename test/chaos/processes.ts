import { readFileSync } from 'node:fs';

/** A process and the moment of its start, so that a reused pid is not taken for it. */
export interface Process {
  pid: number;
  started: string;
}

/** The process with this pid whose command line holds `marker`; undefined when there is none. */
export function findProcess(pid: number, marker: string): Process | undefined {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  const started = startOf(pid);
  return started !== undefined && command.includes(marker) ? { pid, started } : undefined;
}

/** The direct children of a process whose command lines hold `marker`. */
export function childrenOf(pid: number, marker: string): Process[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean);
  return children.flatMap((child) => findProcess(Number(child), marker) ?? []);
}

/** Signals a process unless it is gone; answers whether it was there. */
export function signal({ pid, started }: Process, name: NodeJS.Signals): boolean {
  if (startOf(pid) !== started) return false;
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
