import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** A file system in memory, as `/run` is where systemd runs: on a disk, making the 1,000 sockets takes ten times as long as all the rest. */
const MEMORY = '/dev/shm';

/** Where a hive whose database is in `folder` (below the folder for temporary files) has its sockets. */
export function runFolder(folder: string): string {
  return existsSync(MEMORY) ? join(MEMORY, relative(tmpdir(), folder)) : folder;
}

/** The socket of an agent of that hive. */
export function agentSocket(folder: string, agent: string): string {
  return join(runFolder(folder), agent, 'hive.sock');
}
