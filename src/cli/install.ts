import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder this hive runs from: src/, templates/, node_modules/ … */
export const INSTALL = resolve(import.meta.dirname, '../..');

/** The hive's version, from its package.json. */
export function release(): string {
  const manifest = JSON.parse(readFileSync(resolve(INSTALL, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
