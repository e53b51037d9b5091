import { readdirSync } from 'node:fs';
import { containerRecords } from '#src/protocol/home.ts';

/** Whether containers of a home may go on while no daemon runs: its daemon died, or was told to keep them. False also for who may not look. */
export function areContainersLeft(home: string): boolean {
  try {
    return readdirSync(containerRecords(home)).length > 0;
  } catch {
    return false;
  }
}
