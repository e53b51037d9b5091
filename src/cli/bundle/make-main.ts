import { makeBundle } from './make.ts';
import { placeOf } from './kept.ts';

/** `node make-main.ts MAIN CACHE`: makes the bundle of a program. What it loads for that does not stay in the supervisor. */
const [main = '', cache = ''] = process.argv.slice(2);
try {
  await makeBundle(main, placeOf(main, cache));
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
