import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** The file beside a database whose being there means that damage was met while the hive ran. */
export function suspectPath(file: string): string {
  return `${file}-suspect`;
}

/** Makes the next start look at every page, however many there are. */
export function markSuspect(file: string): void {
  writeFileSync(suspectPath(file), '', { mode: 0o600 });
}

/** Whether a page was found damaged since every page was last looked at. */
export function isSuspect(file: string): boolean {
  return existsSync(suspectPath(file));
}

/** Every page was looked at. */
export function clearSuspicion(file: string): void {
  rmSync(suspectPath(file), { force: true });
}
