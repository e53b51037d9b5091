import { mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** File with what the supervisor of `home` prints, and its daemons before their log is open. */
export function startLog(home: string): string {
  return join(home, 'logs/start.log');
}

/** Begins {@link startLog} anew and answers its descriptor. What stood there stays in `start.log.1`: why the last daemon was given up, most likely. */
export function openStartLog(home: string): number {
  const log = startLog(home);
  mkdirSync(dirname(log), { recursive: true, mode: 0o711 });
  if (statSync(log, { throwIfNoEntry: false })?.size) renameSync(log, `${log}.1`);
  return openSync(log, 'w', 0o600);
}
