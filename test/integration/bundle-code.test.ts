import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Bundled, NOBODY, root } from '../support/bundle.ts';

test('what a run compiled is there in the next one, and is kept anew only for much more', async () => {
  using program = new Bundled();
  assert.equal((await program.run('keep')).kept, 0);
  const { ino, size } = statSync(program.code);
  assert.equal(statSync(program.code).mode & 0o777, 0o644);
  const { kept = 0, word } = await program.run('keep');
  assert.deepEqual([word, statSync(program.code).ino], ['one', ino]);
  assert.ok(kept > 0 && kept < size);
  assert.deepEqual(
    readdirSync(program.folder).filter((name) => name.endsWith('.new')),
    [],
  );
});

test('a bundle that is deleted while it runs costs its run nothing', async (t) => {
  const deletes = "(await import('node:fs')).rmSync(process.argv[1]!);";
  const whenMade = `const { Script } = await import('node:vm');
    const make = Script.prototype.createCachedData;
    const { rmSync } = await import('node:fs');
    Script.prototype.createCachedData = function () {
      rmSync(process.argv[1]!);
      return make.call(this);
    };`;
  for (const [when, words] of Object.entries({ before: deletes, while: whenMade })) {
    await t.test(`${when} its code is made`, async () => {
      using program = new Bundled();
      const main = readFileSync(join(program.root, 'src/main.ts'), 'utf8');
      program.write('src/main.ts', main.replace('await keptCode.keep();', `{ ${words} await keptCode.keep(); }`));
      assert.equal((await program.run('keep')).word, 'one');
      assert.deepEqual(
        readdirSync(program.folder).filter((name) => /\.(cjs|code|new)$/.test(name)),
        [],
      );
      assert.equal((await program.run('keep')).word, 'one');
    });
  }
});

test('code that is not what this Node made of this bundle costs nothing but time', async (t) => {
  using program = new Bundled();
  await program.run('keep');
  const { code } = program;
  const whole = readFileSync(code);
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(whole);
    copy[at]! ^= 0x55;
    return copy;
  };
  const damages: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'cut in its checksum': whole.subarray(0, 20),
    'cut in its head': whole.subarray(0, 40),
    'cut in half': whole.subarray(0, whole.length / 2),
    'a byte short': whole.subarray(0, -1),
    zeros: Buffer.alloc(whole.length),
  };
  for (let part = 0; part < 16; part++) damages[`scrambled at ${part}/16`] = flipped((whole.length * part) >> 4);
  for (const [what, damaged] of Object.entries(damages)) {
    await t.test(what, async () => {
      writeFileSync(code, damaged);
      const { kept, word } = await program.run();
      assert.deepEqual([kept, word], [0, 'one']);
    });
  }
  await t.test('of another bundle', async () => {
    using other = new Bundled();
    other.write('src/part.ts', readFileSync(join(other.root, 'src/part.ts'), 'utf8').replace("'one'", "'two'"));
    await other.bundle();
    writeFileSync(other.code, whole);
    const { kept, word } = await other.run();
    assert.deepEqual([kept, word], [0, 'two']);
  });
  await t.test('of a Node with other flags', async () => {
    writeFileSync(code, whole);
    const args = await program.args();
    assert.ok((await program.runFrom(args)).kept);
    const { kept, word } = await program.runFrom(['--stack-size=900', ...args]);
    assert.deepEqual([kept, word], [0, 'one']);
  });
  await t.test('kept anew by the next run that keeps', async () => {
    writeFileSync(code, flipped(500));
    assert.equal((await program.run('keep')).kept, 0);
    assert.ok((await program.run()).kept);
  });
  assert.deepEqual(program.said, []);
});

test('code that others may have written is never run, and is made anew', async (t) => {
  const openings: Record<string, (code: string) => void> = {
    'open to its group': (code) => chmodSync(code, 0o664),
    'a link': (code) => {
      renameSync(code, `${code}.real`);
      symlinkSync(`${code}.real`, code);
    },
    'a link to nothing': (code) => {
      renameSync(code, `${code}.real`);
      symlinkSync(`${code}.gone`, code);
    },
    ...(root && { "somebody else's": (code: string) => chownSync(code, NOBODY, NOBODY) }),
  };
  for (const [what, open] of Object.entries(openings)) {
    await t.test(what, async () => {
      using program = new Bundled();
      await program.run('keep');
      const { code } = program;
      open(code);
      const { from, kept } = await program.run('keep');
      assert.deepEqual([`${from}.code`, kept, program.said], [code, 0, []]);
      const made = lstatSync(code);
      assert.deepEqual([made.isFile(), made.uid, made.mode & 0o777], [true, process.geteuid?.(), 0o644]);
    });
  }
});
