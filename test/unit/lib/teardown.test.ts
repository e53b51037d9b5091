import assert from 'node:assert/strict';
import { test } from 'node:test';
import { later } from '#src/lib/later.ts';
import { Teardown } from '#src/lib/teardown.ts';

test('parts end in reverse order, one after the other', async () => {
  const ended: string[] = [];
  const teardown = new Teardown(() => assert.fail('no problem expected'));
  for (const name of ['database', 'forge', 'web']) {
    teardown.add(name, 1000, async () => {
      await new Promise(setImmediate);
      ended.push(name);
    });
  }
  await teardown[Symbol.asyncDispose]();
  assert.deepEqual(ended, ['web', 'forge', 'database']);
});

test('a part that fails or hangs is reported and keeps none of the others', async () => {
  const problems: [string, string][] = [];
  let ended = false;
  const teardown = new Teardown((part, problem) => problems.push([part, (problem as Error).message]));
  teardown.add('database', 1000, () => (ended = true));
  teardown.add('forge', 20, () => new Promise(() => undefined));
  teardown.add('web', 1000, () => {
    throw new Error('port gone');
  });
  await teardown[Symbol.asyncDispose]();
  assert.ok(ended);
  assert.deepEqual(problems, [
    ['web', 'port gone'],
    ['forge', 'forge did not end within 20 ms'],
  ]);
});

test('what is known later may not be used before, and then is what was set', () => {
  const forge = later<string>('forge');
  assert.throws(() => forge(), /forge is used before it is there/);
  forge.set('up');
  assert.equal(forge(), 'up');
});
