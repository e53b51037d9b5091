import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentions } from '#src/daemon/forge/webhook/concern.ts';

test('a mention is a name after an at sign that belongs to nothing else', () => {
  assert.deepEqual(mentions('@alice and @bob-2, and @alice again.'), ['alice', 'bob-2']);
  assert.deepEqual(mentions('(@alice) "@bob" @zoe:'), ['alice', 'bob', 'zoe']);
  assert.deepEqual(mentions('mail alice@example.org, see path/@bob, @@zoe, -@zoe'), []);
  assert.deepEqual(mentions('@Alice @1up @'), []);
});
