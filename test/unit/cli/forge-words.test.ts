import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgeWords } from '#src/cli/forge-words.ts';

test('a state of the forge is said once', () => {
  assert.equal(forgeWords({ state: 'starting', version: null, detail: 'starting' }), 'starting');
  assert.equal(forgeWords({ state: 'starting', version: null, detail: 'seeding' }), 'starting: seeding');
  assert.equal(forgeWords({ state: 'up', version: '1.27.3', detail: '' }), 'up');
});
