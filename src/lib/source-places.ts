import { readFileSync } from 'node:fs';

/** Where the lines of a bundle come from. */
export interface BundleLines {
  /** Paths from the install. */
  sources: string[];
  /** For each line of the bundle two numbers: the index of its source, -1 for none, and the line there. */
  lines: number[];
}

const known = new Map<string, BundleLines | null>();

/** The file beside a bundle with its {@link BundleLines}. */
export function linesOf(bundle: string): string {
  return `${bundle}.lines`;
}

/**
 * A stack in which places in the bundle that this process was started from are places in its sources. The bundle's lines are read when a stack asks for
 * them first; without them, and in a process without a bundle, the stack stays as it is.
 */
export function inSources(stack: string, bundle = process.argv[1] ?? ''): string {
  if (!bundle.endsWith('.cjs') || !stack.includes(bundle)) return stack;
  const { sources, lines } = linesOfBundle(bundle) ?? { sources: [], lines: [] };
  return stack.replaceAll(new RegExp(`${RegExp.escape(bundle)}:(\\d+):\\d+`, 'g'), (place, line: string) => {
    const at = (Number(line) - 1) * 2;
    const source = sources[lines[at] ?? -1];
    return source === undefined ? place : `${source}:${lines[at + 1]}`;
  });
}

function linesOfBundle(bundle: string): BundleLines | null {
  let found = known.get(bundle);
  if (found === undefined) known.set(bundle, (found = readLines(bundle)));
  return found;
}

function readLines(bundle: string): BundleLines | null {
  try {
    return JSON.parse(readFileSync(linesOf(bundle), 'utf8')) as BundleLines;
  } catch {
    return null;
  }
}
