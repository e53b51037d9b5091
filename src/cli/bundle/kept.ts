import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';

/** Changes when what a manifest says does. */
const FORMAT = 2;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Where the bundle of one program of one install is kept. */
export interface Place {
  folder: string;
  /** Begins the name of each of its files. */
  slot: string;
}

/** `<slot>.json`: the last of a bundle's files to be written. */
export interface Manifest {
  /** Name of the bundle beside it. */
  bundle: string;
  /** {@link stampOf} the bundle. */
  stamp: string;
  /** Everything that decides what is in the bundle, with its {@link stampOf} before it was read. */
  inputs: Record<string, string>;
}

/** The place of the program `main` in the cache folder `cache`: each install, each version of Node has its own. */
export function placeOf(main: string, cache: string): Place {
  const whose = [FORMAT, main, process.version, process.arch].join('\n');
  const hash = createHash('sha256').update(whose).digest('hex').slice(0, 12);
  return { folder: join(cache, 'daemon'), slot: `${basename(main, '.ts')}-${hash}` };
}

/** The manifest of `place`. */
export function manifestOf({ folder, slot }: Place): string {
  return join(folder, `${slot}.json`);
}

/** The file beside a bundle that `run.cjs` has what V8 made of it in. */
function codeOf(bundle: string): string {
  return `${bundle}.code`;
}

/**
 * The bundle that is kept in `place`, when it is whole and made of what lies in the install now; else undefined. Throws `forbidden` when others could have written
 * it; the code beside it, which only saves time, is deleted then.
 */
export function findKept(place: Place): string | undefined {
  const manifest = manifestOf(place);
  if (!statSync(manifest, { throwIfNoEntry: false })) return undefined;
  refuseForeign(place.folder);
  refuseOpen(manifest);
  const { bundle, stamp, inputs } = readManifest(manifest) ?? {};
  if (bundle === undefined || inputs === undefined) return undefined;
  const file = join(place.folder, basename(bundle));
  if (stampOf(file) !== stamp) return undefined;
  refuseOpen(file);
  dropOpen(codeOf(file));
  return Object.entries(inputs).every(([path, then]) => stampOf(path) === then) ? file : undefined;
}

/** Changes whenever the content of `path` does: a program can set the time of a file's content, not the one of its last change. */
export function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.size} ${found.mtimeMs} ${found.ctimeMs}` : 'missing';
}

/** Throws `forbidden` unless `folder` is this user's, and nobody but this user and root can put another one in its place. */
export function refuseForeign(folder: string): void {
  refuseOpen(folder);
  for (let path = realpathSync(folder); dirname(path) !== path; path = dirname(path)) {
    const above = statSync(dirname(path));
    const ours = above.uid === 0 || above.uid === process.geteuid?.();
    if (!ours || (othersWrite(above) && !(above.mode & STICKY)))
      throw new HiveError('forbidden', `others may write ${dirname(path)}, which is above ${folder}`);
  }
}

function refuseOpen(path: string): void {
  const found = lstatSync(path);
  if (isOwn(found)) return;
  const what = `${path}${found.isSymbolicLink() ? ' is a link: it' : ''}`;
  throw new HiveError(
    'forbidden',
    `${what} must be a file or folder of uid ${process.geteuid?.()}, who alone may write it`,
  );
}

function dropOpen(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !isOwn(found)) unlinkSync(path);
}

/** Whether it is a file or folder that this user alone may write. */
function isOwn(found: Stats): boolean {
  return found.uid === process.geteuid?.() && !othersWrite(found) && (found.isFile() || found.isDirectory());
}

function othersWrite({ mode }: Stats): boolean {
  return (mode & OTHERS_WRITE) !== 0;
}

function readManifest(path: string): Partial<Manifest> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>;
  } catch {
    return undefined;
  }
}
