import { readdirSync, readlinkSync } from 'node:fs';
import { bootId, identify, isAlive, readStat, signal } from '#src/lib/process-identity.ts';
import type { Processes } from './api.ts';

/** Processes of this host, read from /proc. */
export function createProcesses(): Processes {
  return {
    bootId,
    identify,
    isAlive,
    children,
    signal,
    signalSandbox,
    holdersOf,
  };
}

function children(pid: number): number[] {
  return allPids().filter((candidate) => readStat(candidate)?.parent === pid);
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
