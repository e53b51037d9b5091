import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addressOf } from '#src/lib/module-addresses.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const urlOf = (path: string): string => pathToFileURL(join(ROOT, path)).href;
const IMPORTED = /(?:\bfrom |\bimport\()'((?:#src\/|\.{1,2}\/)[^']+)'/g;

test('every import of the program has the address of a file that is there', () => {
  for (const path of globSync('src/**/*.ts', { cwd: ROOT, exclude: (name) => name.endsWith('.d.ts') })) {
    const parent = urlOf(path);
    for (const [, specifier = ''] of readFileSync(join(ROOT, path), 'utf8').matchAll(IMPORTED)) {
      const address = addressOf(specifier, parent);
      assert.ok(address && existsSync(fileURLToPath(address.url)), `${path}: ${specifier}`);
      assert.equal(address.format, 'module-typescript');
    }
  }
});

test('what only the loader can find is left to it', () => {
  const main = urlOf('src/cli/main.ts');
  for (const specifier of ['pino', 'node:fs', './data.json', '#src/data.json', '#other/a.ts', '/a.ts'])
    assert.equal(addressOf(specifier, main), undefined, specifier);
  assert.equal(addressOf('./a.ts', undefined), undefined);
  assert.equal(addressOf('./a.ts', 'file:///elsewhere/main.ts'), undefined);
  assert.equal(addressOf('./a.ts', urlOf('node_modules/pkg/index.js')), undefined);
  assert.equal(addressOf('./a.js', urlOf('node_modules/pkg/index.js')), undefined);
  assert.equal(addressOf('pkg', urlOf('node_modules/zod/index.js')), undefined);
});

test('zod is loaded without its texts in other languages and still says what is wrong', () => {
  const program = `
    import { resolveByAddress } from '#src/lib/module-addresses.ts';
    resolveByAddress();
    const { z } = await import('#src/../node_modules/zod/index.js');
    console.log(JSON.stringify([Object.keys(z.locales), z.string().safeParse(1).error.issues[0].message]));`;
  const file = join(ROOT, 'node_modules/zod/v4/core/index.js');
  assert.match(readFileSync(file, 'utf8'), /"\.\.\/locales\/index\.js"/);
  const said = execFileSync(process.execPath, [
    '--input-type=module',
    '-e',
    program.replaceAll('#src', join(ROOT, 'src')),
  ]);
  assert.deepEqual(JSON.parse(said.toString()), [[], 'Invalid input: expected string, received number']);
});
