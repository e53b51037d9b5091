import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A fork may outrun one sweep; this many never do, and what is left then is seen by the next turn's end. */
const SWEEPS = 50;

interface ProcessInfo {
  pid: number;
  parent: number;
}

/**
 * Kills every process of the container except its first, this one, those in `keep`, and for each of `keepTrees` it and everything below it; also
 * what left its session or process group. Resolves with the killed pids when nothing else is left.
 */
export async function killLeftovers(keep: number[], keepTrees: number[]): Promise<number[]> {
  const killed = new Set<number>();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const victims = leftovers(keep, keepTrees);
    if (victims.length === 0) break;
    for (const pid of victims) if (kill(pid)) killed.add(pid);
    await sleep(2);
  }
  return [...killed];
}

function leftovers(keep: number[], keepTrees: number[]): number[] {
  const all = processes();
  const kept = new Set([1, process.pid, process.ppid, ...keep]);
  const below = withAllBelow(all, keepTrees);
  return all.map(({ pid }) => pid).filter((pid) => !kept.has(pid) && !below.has(pid));
}

/** `roots` and everything that they and their children started. */
function withAllBelow(all: ProcessInfo[], roots: number[]): Set<number> {
  const below = new Set(roots);
  for (let grown = true; grown;) {
    const found = all.filter(({ pid, parent }) => below.has(parent) && !below.has(pid));
    for (const { pid } of found) below.add(pid);
    grown = found.length > 0;
  }
  return below;
}

/** Signals a process and everything below it. */
export function signalTree(root: number, signal: NodeJS.Signals): void {
  for (const pid of withAllBelow(processes(), [root])) kill(pid, signal);
}

/** Every living process that /proc shows. */
function processes(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)));
}

function readProcess(pid: number): ProcessInfo[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? [] : [{ pid, parent: Number(parent) }];
  } catch {
    return [];
  }
}

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
