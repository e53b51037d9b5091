import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { findKept, placeOf } from '#src/cli/bundle/kept.ts';
import { starter } from '#src/cli/bundle/starter.ts';
import { inSources, linesOf } from '#src/lib/source-places.ts';
import { Bundled, NOBODY, type Printed, root } from '../support/bundle.ts';

const RUNNER = resolve(import.meta.dirname, '../../src/cli/bundle/run.cjs');
const MAKER = resolve(import.meta.dirname, '../../src/cli/bundle/make-main.ts');

test('a program runs from one file that is made once, as it runs from its sources', async () => {
  using program = new Bundled();
  const bundle = await program.bundle();
  const { kept, ...printed } = await program.run();
  assert.deepEqual(printed, { word: 'one', beside: 'beside', thread: 'one', file: program.main, from: bundle });
  assert.equal(kept, 0);
  assert.deepEqual(await program.runFrom([program.main]), { ...printed, from: program.main });
  assert.equal(await program.bundle(), bundle);
  assert.deepEqual(program.said, []);
});

test('a changed source is in the next start, and what the bundle replaced goes after a while', async () => {
  using program = new Bundled();
  const first = await program.bundle();
  const part = readFileSync(join(program.root, 'src/part.ts'), 'utf8');
  program.write('src/part.ts', part.replace("'one'", "'two'"));
  assert.equal((await program.run()).word, 'two');
  assert.ok(existsSync(first));
  lutimesSync(first, 0, 0);
  program.write('src/part.ts', part.replace("'one'", "'ten'"));
  assert.equal((await program.run()).word, 'ten');
  assert.ok(!existsSync(first) && existsSync(linesOf(first)));
});

test('bundles of other installs stay as long as they are used', async () => {
  using program = new Bundled();
  mkdirSync(program.folder, { recursive: true });
  const plant = (slot: string, used: Date): string[] =>
    ['.json', '-0123456789abcdef.cjs', '-0123456789abcdef.cjs.lines'].map((end) => {
      const path = join(program.folder, `main-${slot}${end}`);
      writeFileSync(path, '');
      lutimesSync(path, 0, end === '.json' ? used : 0);
      return path;
    });
  const used = plant('aaaaaaaaaaaa', new Date(Date.now() - 20 * 24 * 3_600_000));
  const unused = plant('bbbbbbbbbbbb', new Date(Date.now() - 40 * 24 * 3_600_000));
  await program.bundle();
  assert.deepEqual(used.map(existsSync), [true, true, true]);
  assert.deepEqual(unused.map(existsSync), [false, false, false]);
});

test('a bundle that is not whole is never run', async (t) => {
  using program = new Bundled();
  const damages: Record<string, (bundle: string) => void> = {
    'cut off': (bundle) => truncateSync(bundle, 100),
    'open to its group': (bundle) => chmodSync(bundle, 0o664),
    'written to': (bundle) => appendFileSync(bundle, 'process.exit(9);\n'),
    gone: (bundle) => rmSync(bundle),
    'without a manifest': (bundle) => rmSync(bundle.replace(/-[0-9a-f]{16}\.cjs$/, '.json')),
    'with half a manifest': (bundle) => truncateSync(bundle.replace(/-[0-9a-f]{16}\.cjs$/, '.json'), 100),
  };
  for (const [what, damage] of Object.entries(damages)) {
    await t.test(what, async () => {
      const bundle = await program.bundle();
      damage(bundle);
      const printed = await program.run();
      assert.notEqual(printed.from, bundle);
      assert.match(printed.from, /\.cjs$/);
    });
  }
  assert.deepEqual(program.said, []);
});

test('what others may write is never run', async (t) => {
  const openings: Record<string, (program: Bundled) => void> = {
    'a folder open to all': (program) => chmodSync(program.folder, 0o777),
    'a cache open to all': (program) => chmodSync(program.cache, 0o777),
    'a folder that is a link': ({ folder }) => {
      renameSync(folder, `${folder}.real`);
      symlinkSync(`${folder}.real`, folder);
    },
    ...(root && {
      "somebody else's manifest": (program: Bundled) => {
        const manifest = readdirSync(program.folder).find((name) => name.endsWith('.json')) ?? '';
        chownSync(join(program.folder, manifest), NOBODY, NOBODY);
      },
      "somebody else's folder": (program: Bundled) => chownSync(program.folder, NOBODY, NOBODY),
      "somebody else's cache": (program: Bundled) => chownSync(program.cache, NOBODY, NOBODY),
    }),
  };
  for (const [what, open] of Object.entries(openings)) {
    await t.test(what, async () => {
      using program = new Bundled();
      await program.run('keep');
      open(program);
      const printed = await program.run();
      assert.equal(printed.from, program.main);
      assert.equal(program.said.length, 1);
      assert.match(
        program.said[0]!,
        /^starting from the sources, which takes longer: .*(others may write|must be a file or folder of uid)/,
      );
    });
  }
});

test('a start without a bundle runs the sources, says why once and does not try again', async (t) => {
  const troubles: Record<string, { plant(program: Bundled): void; said: RegExp }> = {
    'a cache that cannot be written': {
      plant: (program) => writeFileSync(program.cache, ''),
      said: /EEXIST|ENOTDIR/,
    },
    'a source that cannot be bundled': {
      plant: (program) => program.write('src/part.ts', "export { word } from './missing.ts';"),
      said: /missing\.ts/,
    },
  };
  for (const [what, { plant, said }] of Object.entries(troubles)) {
    await t.test(what, async () => {
      using program = new Bundled();
      plant(program);
      const lines: string[] = [];
      const start = starter({ main: program.main, cache: program.cache, say: (line) => lines.push(line) });
      assert.equal((await start()).at(-1), program.main);
      assert.equal((await start()).at(-1), program.main);
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, said);
    });
  }
});

test('a cache that cannot be written still gives what is in it', { skip: !root && 'needs root' }, async () => {
  using program = new Bundled();
  const bundle = await program.bundle();
  const start = `import { starter } from '#src/cli/bundle/starter.ts';
    console.log(await starter({ main: '${program.main}', cache: '${program.cache}', say: console.log })());`;
  const script = 'mount --bind -o ro "$1" "$1" && exec "$2" --input-type=module -e "$3"';
  const args = ['-m', 'sh', '-c', script, 'sh', program.cache, process.execPath, start];
  const { stdout } = await execa('unshare', args, { cwd: import.meta.dirname });
  assert.ok(stdout.includes(`'${bundle}'`));
});

test('without a cache there are only sources', async () => {
  using program = new Bundled();
  const lines: string[] = [];
  const args = await starter({ main: program.main, cache: undefined, say: (line) => lines.push(line) })();
  assert.equal((await program.runFrom(args)).from, program.main);
  assert.deepEqual(lines, []);
});

test('two that start at once both get a whole bundle', async () => {
  using program = new Bundled();
  const both = await Promise.all([program.bundle(), program.bundle(), program.bundle()]);
  for (const bundle of both) assert.equal((await program.runFrom([RUNNER, bundle])).word, 'one');
  assert.deepEqual(program.said, []);
});

test('a maker that is killed while it writes leaves nothing that is run', async () => {
  using program = new Bundled();
  mkdirSync(program.folder, { recursive: true });
  for (const after of [1, 2, 3, 4, 5, 6]) {
    const maker = spawn(process.execPath, [MAKER, program.main, program.cache], { stdio: 'ignore' });
    const gone = once(maker, 'exit');
    let seen = 0;
    const watching = watch(program.folder, () => ++seen === after && maker.kill('SIGKILL'));
    await gone;
    watching.close();
    const kept = findKept(placeOf(program.main, program.cache));
    if (kept !== undefined) assert.equal((await program.runFrom([RUNNER, kept])).word, 'one');
    for (const name of readdirSync(program.folder)) if (name.endsWith('.json')) rmSync(join(program.folder, name));
  }
  assert.equal((await program.run()).word, 'one');
});

test('a stack names the places in the sources', async () => {
  using program = new Bundled();
  const bundle = await program.bundle();
  const { stderr } = await execa(process.execPath, [RUNNER, bundle, 'fail'], { reject: false });
  assert.match(stderr, /at fail \(.*\.cjs:\d+:\d+\)/);
  assert.match(inSources(stderr, bundle), /at fail \(\S*src\/part\.ts:4\)[\s\S]* at main \(\S*src\/main\.ts:11\)\n/);
  rmSync(linesOf(bundle));
  const other = await program.bundle();
  assert.equal(inSources('at fail (/elsewhere/a.cjs:1:1)', other), 'at fail (/elsewhere/a.cjs:1:1)');
  assert.equal(inSources(stderr, program.main), stderr);
});

test('a bundle has packages among its own code, of which Node says what it keeps to itself about packages', async () => {
  using program = new Bundled();
  const part = readFileSync(join(program.root, 'src/part.ts'), 'utf8');
  const parse = "import { parse } from 'node:url';\n";
  program.write('src/part.ts', `${parse}${part.replace("'one'", "parse('http://one/').hostname ?? ''")}`);
  await program.run('keep');
  const { stdout, stderr } = await execa(process.execPath, await program.args());
  const { word, kept = 0 } = JSON.parse(stdout) as Printed;
  assert.deepEqual([word, stderr, kept > 0], ['one', '', true]);
  program.write('src/part.ts', part.replace('export function', "process.emitWarning('odd');\nexport function"));
  assert.match((await execa(process.execPath, await program.args())).stderr, /Warning: odd/);
});

test('a bundle is ASCII, and means what its sources do', async () => {
  using program = new Bundled();
  const part = readFileSync(join(program.root, 'src/part.ts'), 'utf8');
  const word = "['ö', `…`, /^[é😀]$/u.test('😀'), /^é$/.test('é'), /^[^ü]$/v.test('ü')].join('')";
  program.write('src/part.ts', part.replace("'one'", `/*! ä */ ${word} // ß`));
  const fromSources = await program.runFrom([program.main]);
  assert.equal(fromSources.word, 'ö…truetruefalse');
  assert.equal((await program.run()).word, fromSources.word);
  assert.doesNotMatch(readFileSync(await program.bundle(), 'latin1'), /[^\0-\x7f]/);
});
