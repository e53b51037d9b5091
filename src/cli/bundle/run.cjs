'use strict';
/**
 * `node run.cjs BUNDLE …` runs a bundle as if Node had been given it, with what V8 compiled of it in an earlier run. Node's own compile cache has next to nothing of
 * it: it is made before most functions are compiled.
 */
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, statSync } = require('node:fs');
const { constants, Script } = require('node:vm');

/** Bytes of the checksum before the code. V8 itself looks at version, flags and lengths only, and damaged code crashes. */
const CHECKSUM = 32;

process.argv.splice(1, 1);
const [, bundle = ''] = process.argv;
const codeFile = `${bundle}.code`;
const { size, mtimeMs, ctimeMs } = statSync(bundle);
const cachedData = keptCode();
const script = new Script(readFileSync(bundle, 'latin1'), {
  filename: bundle,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const kept = script.cachedDataRejected === false ? cachedData.length : 0;
script.runInThisContext()(require, { codeFile, kept, code });

/** What is kept for this bundle, when it is whole. */
function keptCode() {
  try {
    const file = readFileSync(codeFile);
    const found = file.subarray(CHECKSUM);
    return checksum(found).equals(file.subarray(0, CHECKSUM)) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** What is to be kept now; undefined when the bundle was deleted, which may be while it is made. */
function code() {
  if (!existsSync(bundle)) return undefined;
  const made = script.createCachedData();
  return existsSync(bundle) ? Buffer.concat([checksum(made), made]) : undefined;
}

/** Of code that belongs to this very bundle. */
function checksum(of) {
  return createHash('sha256').update(`${size} ${mtimeMs} ${ctimeMs}\n`).update(of).digest();
}
