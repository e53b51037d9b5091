import { glob, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { DAEMON_LAYERS, KEPT_DB, MOST_LINES, OWNERS, SQL, SQL_PLACES, ZONES } from './rules.ts';

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g;

/** Everything below `root` that breaks a rule of the architecture, one line each. */
export async function findViolations(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob('{src,test,bench}/**/*.{ts,js,css}', {
    cwd: root,
    exclude: (name) => name.includes('vendor') || name.includes('node_modules'),
  })) {
    const text = await readFile(join(root, file), 'utf8');
    found.push(...judgeFile(file, text));
  }
  found.push(...judgeLock(await readFile(join(root, 'package-lock.json'), 'utf8')));
  return found.toSorted();
}

function judgeFile(file: string, text: string): string[] {
  const found: string[] = [];
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (lines > MOST_LINES) found.push(`${file} has ${lines} lines: at most ${MOST_LINES}, split it by responsibility`);
  if (!file.startsWith('src/')) return found;
  if (SQL.test(text) && !SQL_PLACES.test(file)) found.push(`${file}: SQL outside a *-store.ts`);
  if (KEPT_DB.test(text)) found.push(`${file}: tx.db is kept: ask for it anew at every statement`);
  for (const target of importsOf(file, text)) {
    const problem = target.startsWith('src/') ? judgeImport(file, target) : judgePackage(file, target);
    if (problem) found.push(`${file}: ${problem}`);
  }
  return found;
}

/** What a file imports: paths below src/ in full, packages by name. A package's types alone tie nobody to it. */
function importsOf(file: string, text: string): string[] {
  const code = text
    .replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')
    .replace(/\bimport type [^;]*? from ['"](?![.#])[^'"]+['"];/g, '');
  return [...code.matchAll(IMPORT)].map(([, name]) => {
    if (name!.startsWith('#src/')) return name!.slice(1);
    if (name!.startsWith('.')) return relative('.', posix.join(dirname(file), name!));
    return name!;
  });
}

function judgeImport(file: string, target: string): string | undefined {
  const [from, to] = [file, target].map((path) => path.split('/')[1]!);
  if (from !== to) return ZONES[from!]?.includes(to!) ? undefined : `${from} may not import ${to}`;
  if (from !== 'daemon') return undefined;
  const [part, other] = [daemonPart(file), daemonPart(target)];
  if (part === other || other === null) return undefined;
  if (part === null) return `the leaf ${file.split('/')[2]} may not import daemon/${other}`;
  const [here, there] = [part, other].map((name) => DAEMON_LAYERS.findIndex((layer) => layer.includes(name)));
  if (here! < 0) return `daemon/${part} is in no layer: add it to test/support/architecture/rules.ts and src/README.md`;
  return there! > here! ? undefined : `daemon/${part} may not import daemon/${other}`;
}

/** The daemon's part a file belongs to; null = a leaf directly in src/daemon. */
function daemonPart(path: string): string | null {
  const rest = path.split('/').slice(2);
  if (rest.length > 1) return rest[0]!;
  const name = rest[0]!.replace(/\.ts$/, '');
  return DAEMON_LAYERS.flat().includes(name) ? name : null;
}

function judgePackage(file: string, name: string): string | undefined {
  const owner = OWNERS.find((rule) => rule.package.test(name) && !rule.places.test(file));
  return owner && `${name} belongs to ${owner.said}`;
}

function judgeLock(text: string): string[] {
  return text.includes('"resolved"') ? ['package-lock.json: a "resolved" line: install with the project’s .npmrc'] : [];
}
