import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgeWords } from '#src/protocol/forge-words.ts';

test('a state of the forge is said once', () => {
  assert.equal(forgeWords({ state: 'starting', detail: 'starting' }), 'starting');
  assert.equal(forgeWords({ state: 'starting', detail: 'seeding' }), 'starting: seeding');
  assert.equal(forgeWords({ state: 'up', detail: '' }), 'up');
});
