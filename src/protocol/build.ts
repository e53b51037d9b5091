import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders whose content decides how a harness behaves. */
const PARTS = ['src/lib', 'src/protocol', 'src/harness', 'hooks', 'templates/prompts'];

/** Names the harness that an installation holds: 16 hex digits over its sources. Daemon and harness compare them; a harness of another build is replaced when idle. */
export function harnessBuild(install: string): string {
  const hash = createHash('sha256').update(readFileSync(join(install, 'package.json')));
  for (const part of PARTS) {
    const files = readdirSync(join(install, part), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
      hash.update(`\0${path.slice(install.length)}\0`).update(readFileSync(path));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
