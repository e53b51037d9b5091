import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';
import { HiveError } from '#src/lib/errors.ts';
import { type BundleLines, linesOf } from '#src/lib/source-places.ts';
import { INSTALL } from '../install.ts';
import { asInstalled, BEGIN, END, OWN_PLACE } from './as-installed.ts';
import { manifestOf, refuseForeign, stampOf } from './kept.ts';
import type { Manifest, Place } from './kept.ts';

/** What decides beside the sources: how packages are found, which ones are installed, how a bundle is made. */
const RECIPE = ['package.json', 'package-lock.json', 'node_modules/.package-lock.json', 'src/cli/bundle'];
/** A start that has just decided for a bundle has read it by then. */
const REPLACED_STAYS_MS = 3_600_000;
/** Each start marks what it uses: what this old is of an install that is gone, or starts that seldom. */
const UNUSED_STAYS_MS = 30 * 24 * 3_600_000;

const OPTIONS: BuildOptions = {
  absWorkingDir: INSTALL,
  outfile: join(INSTALL, 'bundle.cjs'),
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: `node${process.versions.node}`,
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  define: OWN_PLACE,
  banner: { js: BEGIN },
  footer: { js: END },
  sourcemap: 'external',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'silent',
};

/**
 * Makes the bundle of the program `main` in `place`: one file with all modules that it loads. It is whole before the manifest names it, so that whatever ends this
 * process leaves nothing that is ever run. Throws when it cannot be made or written, or when a source changed meanwhile.
 */
export async function makeBundle(main: string, place: Place): Promise<void> {
  mkdirSync(place.folder, { recursive: true, mode: 0o755 });
  refuseForeign(place.folder);
  const inputs: Record<string, string> = {};
  const note = (path: string): void => void (inputs[path] ??= stampOf(path));
  for (const path of recipe()) note(path);
  const { outputFiles = [] } = await build({ ...OPTIONS, entryPoints: [main], plugins: [asInstalled(note)] });
  const code = inAscii(outputFiles.find(({ path }) => path.endsWith('.cjs'))?.text ?? '');
  const map = outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '';
  const changed = Object.entries(inputs).find(([path, stamp]) => stampOf(path) !== stamp);
  if (changed) throw new HiveError('conflict', `${changed[0]} changed while it was read`);
  const bundle = `${place.slot}-${randomBytes(8).toString('hex')}.cjs`;
  const file = join(place.folder, bundle);
  write(file, code);
  write(linesOf(file), JSON.stringify(sourceLines(code, JSON.parse(map) as SourceMapPayload)));
  write(manifestOf(place), JSON.stringify({ bundle, stamp: stampOf(file), inputs } satisfies Manifest));
  prune(place, bundle);
}

function recipe(): string[] {
  return RECIPE.flatMap((name) => {
    const path = join(INSTALL, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
    return readdirSync(path).map((file) => join(path, file));
  });
}

/** V8 takes two bytes for each character of a source that has a single one beyond ASCII. esbuild leaves them in comments and regular expressions, where escapes are as good. */
function inAscii(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** On disk and whole, or not there. */
function write(path: string, text: string): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o644, flag: 'wx', flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function sourceLines(code: string, payload: SourceMapPayload): BundleLines {
  const map = new SourceMap(payload);
  const lines = code.split('\n').flatMap((line, index) => {
    const entry = map.findEntry(index, line.search(/\S|$/));
    const source = 'originalSource' in entry ? payload.sources.indexOf(entry.originalSource) : -1;
    return 'originalLine' in entry ? [source, entry.originalLine + 1] : [-1, 0];
  });
  return { sources: payload.sources, lines };
}

/** Deletes what no start needs any more: what this bundle replaced, and what was not used for long. */
function prune({ folder, slot }: Place, bundle: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const [other] = /^.+-[0-9a-f]{12}(?=[-.])/.exec(name) ?? [];
    if (name.startsWith(bundle) || name === `${slot}.json` || other === undefined) continue;
    const replaced = other === slot || name.endsWith('.new');
    const unused = replaced ? ageOf(path) : Math.min(ageOf(path), ageOf(manifestOf({ folder, slot: other })));
    if (unused > (replaced ? REPLACED_STAYS_MS : UNUSED_STAYS_MS)) rmSync(path, { force: true });
  }
}

/** Since it was written or marked, ms. */
function ageOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? Date.now() - found.mtimeMs : Infinity;
}
