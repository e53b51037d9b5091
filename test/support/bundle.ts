import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { starter } from '#src/cli/bundle/starter.ts';

/** Whether tests may give files to others. */
export const root = process.geteuid?.() === 0;
/** A user who is nobody's. */
export const NOBODY = 65534;
const INSTALL = resolve(import.meta.dirname, '../..');
const SOURCES = {
  'package.json': '{ "type": "module", "imports": { "#src/*": "./src/*" } }',
  'src/beside.txt': 'beside',
  'src/thread.ts': `import { parentPort } from 'node:worker_threads';
import { word } from '#src/part.ts';
parentPort?.postMessage(word);
`,
  'src/part.ts': `export const word: string = 'one';
/** Fails. */
export function fail(): never {
  throw new Error('planted');
}
`,
  'src/main.ts': `import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { keptCode } from '${join(INSTALL, 'src/lib/kept-code.ts')}';
import { fail, word } from '#src/part.ts';
async function main(): Promise<void> {
  const beside = readFileSync(join(import.meta.dirname, 'beside.txt'), 'utf8');
  const [thread] = await once(new Worker(new URL('thread.ts', import.meta.url)), 'message');
  const [, from, order] = process.argv;
  if (order === 'fail') fail();
  if (order === 'keep') await keptCode.keep();
  console.log(JSON.stringify({ word, beside, thread, file: import.meta.filename, from, kept: import.meta.bundle?.kept }));
}
void main();
`,
};

/** What the program of {@link Bundled} prints. */
export interface Printed {
  word: string;
  beside: string;
  thread: string;
  file: string;
  from: string;
  /** Bytes of code that it began with; undefined from sources. */
  kept?: number;
}

/** A small program with a thread and a file beside it, and a cache for its bundle. */
export class Bundled implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'hive-bundle-'));
  readonly cache = join(this.root, 'cache');
  /** Where the bundles are. */
  readonly folder = join(this.cache, 'daemon');
  readonly main = join(this.root, 'src/main.ts');
  /** What its starts said. */
  readonly said: string[] = [];

  constructor() {
    mkdirSync(join(this.root, 'src'));
    for (const [name, text] of Object.entries(SOURCES)) this.write(name, text);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
  }

  /** Where the code of its only bundle is kept. */
  get code(): string {
    const bundle = readdirSync(this.folder).find((name) => name.endsWith('.cjs')) ?? '';
    return join(this.folder, `${bundle}.code`);
  }

  /** What a new supervisor would give to Node. */
  args(): Promise<string[]> {
    return starter({ main: this.main, cache: this.cache, say: (line) => this.said.push(line) })();
  }

  /** The bundle of the next start; throws when that would run the sources. */
  async bundle(): Promise<string> {
    const bundle = (await this.args()).at(-1);
    if (!bundle?.endsWith('.cjs')) throw new Error(`no bundle: ${this.said.join('\n')}`);
    return bundle;
  }

  /** Starts it as a supervisor does, with what else it is told; `keep` has it keep its code. */
  async run(...words: string[]): Promise<Printed> {
    return await this.runFrom([...(await this.args()), ...words]);
  }

  /** Starts Node with `args`. */
  async runFrom(args: string[]): Promise<Printed> {
    const { stdout } = await execa(process.execPath, args);
    return JSON.parse(stdout) as Printed;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}
