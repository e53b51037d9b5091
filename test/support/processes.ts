import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. */
export interface ProcessEntry {
  pid: number;
  cmdline: string[];
}

/** All processes below `pid`, at any depth. */
export function descendants(pid: number): ProcessEntry[] {
  const below: ProcessEntry[] = [];
  for (const child of childrenOf(pid)) {
    const cmdline = read(`/proc/${child}/cmdline`).split('\0').slice(0, -1);
    below.push({ pid: child, cmdline }, ...descendants(child));
  }
  return below;
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).trim().split(' ').filter(Boolean).map(Number),
  );
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
