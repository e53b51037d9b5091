import { registerHooks } from 'node:module';

/** Where this program is installed, as an address with a slash at its end. */
const ROOT = new URL('../../', import.meta.url).href;
const ZOD = `${ROOT}node_modules/zod/`;
const NOTHING = 'data:text/javascript,';

/** A module's address and how it is written. */
export interface ModuleAddress {
  url: string;
  format: 'module-typescript' | 'module';
}

/**
 * The address of what a module of this program imports, where its specifier says it: `#src/…` and relative ones name a file with its ending. Of zod, whose
 * own modules do the same, the texts in other languages are left out. Nothing for all others.
 */
export function addressOf(specifier: string, parent: string | undefined): ModuleAddress | undefined {
  if (!parent?.startsWith(ROOT)) return undefined;
  if (specifier.startsWith('#src/') && specifier.endsWith('.ts'))
    return { url: ROOT + specifier.slice(1), format: 'module-typescript' };
  if (!specifier.startsWith('./') && !specifier.startsWith('../')) return undefined;
  if (parent.startsWith(ZOD)) return addressInZod(specifier, parent);
  const inPackage = parent.startsWith('node_modules/', ROOT.length);
  if (inPackage || !specifier.endsWith('.ts')) return undefined;
  return { url: new URL(specifier, parent).href, format: 'module-typescript' };
}

/** Whether nothing is loaded in the place of the module at `url`: zod's texts in other languages. */
export function isLeftOut(url: string): boolean {
  return url.startsWith(ZOD) && url.endsWith('/locales/index.js');
}

/**
 * Has the loader of this process take {@link addressOf}'s word instead of asking the file system and the nearest package.json at every import: a quarter of what a start
 * costs. To be called before anything else is imported, which therefore must be imported dynamically.
 */
export function resolveByAddress(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const known = addressOf(specifier, context.parentURL);
      return known ? { ...known, shortCircuit: true } : next(specifier, context);
    },
  });
}

function addressInZod(specifier: string, parent: string): ModuleAddress | undefined {
  if (!specifier.endsWith('.js')) return undefined;
  const { href } = new URL(specifier, parent);
  return { url: isLeftOut(href) ? NOTHING : href, format: 'module' };
}
