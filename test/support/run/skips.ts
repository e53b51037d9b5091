import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

/** `test/skips.json`: tests that may be skipped on some machines, "file: name" → why. */
const skipsFile = z.record(z.string(), z.string().min(20));

/** Which tests may be skipped. */
export interface Skips {
  allows(name: string): boolean;
}

/** Reads `test/skips.json`. */
export async function readSkips(): Promise<Skips> {
  const text = await readFile(resolve(import.meta.dirname, '../../skips.json'), 'utf8');
  const known = skipsFile.parse(JSON.parse(text));
  return { allows: (name) => known[name] !== undefined };
}
