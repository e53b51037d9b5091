import { execFile } from 'node:child_process';
import { realpathSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { makeFolder } from '#src/lib/make-folder.ts';
import { INSTALL } from '../install.ts';
import { findKept, manifestOf, placeOf } from './kept.ts';

const RUNNER = join(import.meta.dirname, 'run.cjs');
/** `url.parse()` of `simple-get`, which fetches for isomorphic-git: Node does not warn of what packages call, but cannot tell them in a bundle. */
const QUIET = ['--disable-warning=DEP0169'];
const MAKER = join(import.meta.dirname, 'make-main.ts');
const BY_ADDRESS = pathToFileURL(resolve(INSTALL, 'src/lib/by-address.ts')).href;
/** A bundle takes a second or two, on a busy machine ten. */
const MADE_WITHIN_MS = 60_000;

/** What a program is started from. */
export interface StarterOptions {
  /** Path of its `main.ts`, which does its work when it is loaded. */
  main: string;
  /** The hive's cache folder; without one there are no bundles. */
  cache: string | undefined;
  /** One line for people: why there is no bundle. */
  say(line: string): void;
  /** Ends the making of a bundle. */
  signal?: AbortSignal;
}

/**
 * What Node has to be given to start a program: the bundle of its sources as they are now, made when there is none, or `main` itself when that fails. To be called at each
 * start: it costs a look at each source file. After one failure nothing is made any more.
 */
export function starter({ main, cache, say, signal }: StarterOptions): () => Promise<string[]> {
  let failed = cache === undefined;
  return async () => {
    try {
      const kept = cache === undefined ? undefined : await bundleOf(main, cache, { make: !failed, signal });
      if (kept !== undefined) return [...QUIET, RUNNER, kept];
    } catch (error) {
      if (!failed && !signal?.aborted) say(`starting from the sources, which takes longer: ${reason(error)}`);
      failed = true;
    }
    return ['--import', BY_ADDRESS, main];
  };
}

/** Whether what {@link starter} answered starts a bundle. */
export function isBundled(program: readonly string[]): boolean {
  return program.includes(RUNNER);
}

interface Making {
  make: boolean;
  signal: AbortSignal | undefined;
}

async function bundleOf(main: string, cache: string, { make, signal }: Making): Promise<string | undefined> {
  makeFolder(cache, 0o755);
  const folder = realpathSync(cache);
  const place = placeOf(main, folder);
  let bundle = findKept(place);
  if (bundle === undefined && make) {
    const options = { env: {}, cwd: '/', signal, timeout: MADE_WITHIN_MS };
    await promisify(execFile)(process.execPath, [MAKER, main, folder], { ...options, killSignal: 'SIGKILL' });
    bundle = findKept(place);
    if (bundle === undefined) throw new Error('sources changed while they were read');
  }
  if (bundle !== undefined) mark(manifestOf(place));
  return bundle;
}

/** That it is used, for the one who deletes what is not. */
function mark(manifest: string): void {
  try {
    utimesSync(manifest, new Date(), new Date());
  } catch {
    // A cache that cannot be written is not tidied either.
  }
}

function reason(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr || message).replaceAll(/\s+/g, ' ').trim().slice(0, 500);
}
