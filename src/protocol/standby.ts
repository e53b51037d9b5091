import { join } from 'node:path';

/** Option of the daemon's program: it loads its modules and warms up, and begins when it is told to. */
export const STAND_BY = 'stand-by';

/** What it is told then, on its standard input; that this ends first means that it is not needed any more. */
export const BEGIN = 'begin\n';

/** Where it warms up, in the hive's folder for sockets `run`: gone with its warm-up, unless it is killed meanwhile. */
export function warmUpFolder(run: string): string {
  return join(run, 'warm-up');
}
