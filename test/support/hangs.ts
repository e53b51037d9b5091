import { existsSync, promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Beside a home's `config.json`: as long as it is there the event loop of whoever reads that stands still, of a daemon that begins. */
export const HANGS = 'hangs';
/** Environment in which a hive's processes do so. */
export const HANGING = { NODE_OPTIONS: `--import=${pathToFileURL(import.meta.filename).href}` } as const;

const { readFile } = promises;
const cell = new Int32Array(new SharedArrayBuffer(4));

promises.readFile = ((...args: Parameters<typeof readFile>) => {
  const [path] = args;
  if (typeof path === 'string' && path.endsWith('/config.json'))
    while (existsSync(join(dirname(path), HANGS))) Atomics.wait(cell, 0, 0, 20);
  return readFile(...args);
}) as typeof readFile;
syncBuiltinESMExports();
