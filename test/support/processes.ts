import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from './wait.ts';

/** A process as /proc shows it. */
export interface ProcessEntry {
  pid: number;
  cmdline: string[];
}

/** Whether a process runs; one that ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  const state = read(`/proc/${pid}/stat`).split(') ').at(-1)?.[0] ?? 'X';
  return !'ZX'.includes(state);
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

/** Waits until a process has used no processor time in many looks: it waits for its next work. */
export async function untilAtRest(pid: number): Promise<void> {
  const looks: string[] = [];
  await waitUntil(`process ${pid} waits`, () => {
    looks.push(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).join(' ') ?? '');
    return looks.length > 25 && new Set(looks.slice(-25)).size === 1;
  });
}

/** Pids of the direct children of `pid`. */
export function childrenOf(pid: number): number[] {
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
