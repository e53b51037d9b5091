import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader, Plugin } from 'esbuild';
import { isLeftOut } from '#src/lib/module-addresses.ts';

/** Packages that stay what they are: native ones. */
const EXTERNAL = /^better-sqlite3$/;
const LOADERS: Record<string, Loader> = { '.ts': 'ts', '.json': 'json' };
const PLACES = { dirname: '__ownDirname', filename: '__ownFilename', url: '__ownUrl' };
const COMMON_PLACES = 'var __dirname = __ownDirname, __filename = __ownFilename; ';
const ASKS_PLACE = /\bimport\.meta\.|\b__(?:dirname|filename)\b/;
const NAMES_PLACE = /\b(?:const|let|var)\s+__(?:dirname|filename)\b/;

/** What {@link asInstalled} replaces: a module's own place by names that it gives to each, and `import.meta.bundle` by what the one who runs the bundle calls it with. */
export const OWN_PLACE = {
  ...Object.fromEntries(Object.entries(PLACES).map(([key, name]) => [`import.meta.${key}`, name])),
  'import.meta.bundle': '__bundle',
};

/** Begins the script that a bundle is: one function, which gets `require` for native packages and what Node brings, and {@link OWN_PLACE}'s `__bundle`. Modules are strict. */
export const BEGIN = '(function (require, __bundle) { "use strict";';
/** Ends it. */
export const END = '})';

/**
 * Has every module in a bundle see the place that it has in the install: the files beside it, migrations, entries of threads, are found as ever. Native packages are
 * required from the install. `read` is told of each file before it is read.
 */
export function asInstalled(read: (path: string) => void): Plugin {
  return {
    name: 'as-installed',
    setup(build) {
      build.onResolve({ filter: EXTERNAL }, async ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === EXTERNAL) return undefined;
        const found = await build.resolve(path, { kind, resolveDir, pluginData: EXTERNAL });
        if (found.errors.length > 0) return { errors: found.errors };
        return { path: found.path, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
        read(path);
        return { contents: contentsOf(path), loader: LOADERS[extname(path)] ?? 'js' };
      });
    },
  };
}

function contentsOf(path: string): string {
  const url = pathToFileURL(path).href;
  if (isLeftOut(url)) return '';
  const text = readFileSync(path, 'utf8').replaceAll('//# sourceMappingURL=', '// ');
  if (!ASKS_PLACE.test(text)) return text;
  const values = [dirname(path), path, url].map((value) => JSON.stringify(value));
  const places = Object.values(PLACES).map((name, index) => `${name} = ${values[index]}`);
  return `const ${places.join(', ')}; ${NAMES_PLACE.test(text) ? '' : COMMON_PLACES}${text}`;
}
