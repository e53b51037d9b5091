import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ContainerHandle } from '../../engine.ts';

const processIdentity = z.strictObject({ pid: z.number().int().positive(), startTime: z.string() });

/** What finds a container again, also after a restart of the daemon. */
const record = z.strictObject({
  id: z.string(),
  recordDir: z.string(),
  bootId: z.string(),
  /** The first process inside: with it everything in the container ends. */
  inner: processIdentity,
  /** bubblewrap outside: it writes the exit code down, then ends. */
  outer: processIdentity,
  cgroups: z.array(z.string()),
  memoryMb: z.number(),
});
export type Record = z.infer<typeof record>;

/** Reads a handle that this engine made; throws when it is none. */
export function readHandle(handle: ContainerHandle): Record {
  return record.parse(JSON.parse(handle));
}

/** The handle of a record. */
export function toHandle(value: Record): ContainerHandle {
  return JSON.stringify(value);
}

/** bubblewrap's own report on a container: one JSON document a line. */
export function statusFile(recordDir: string): string {
  return join(recordDir, 'status.json');
}

/** The handle beside it, for a start that the database does not know. */
export function handleFile(recordDir: string): string {
  return join(recordDir, 'handle.json');
}

/** What the status file says so far. */
export interface Status {
  childPid: number | null;
  exitCode: number | null;
}

/** Reads the status file; what is missing or only half written counts as not said. */
export function readStatus(recordDir: string): Status {
  const text = readText(statusFile(recordDir));
  return { childPid: numberOf(text, 'child-pid'), exitCode: numberOf(text, 'exit-code') };
}

/** The text of a file, or nothing. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function numberOf(status: string, key: string): number | null {
  const found = new RegExp(`"${key}": ?(\\d+)[ ,}]`).exec(status)?.[1];
  return found === undefined ? null : Number(found);
}
