import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt } from '#src/lib/excerpt.ts';
import { plural } from '#src/lib/plural.ts';
import { shorten } from '#src/lib/shorten.ts';

test('an excerpt is one line, and no character of it is cut in two', () => {
  assert.equal(excerpt(' two\n\nlines\t'), 'two lines');
  assert.equal(excerpt('abcdef', 5), 'abcd…');
  assert.equal(excerpt('🐝🐝🐝', 3), '🐝🐝🐝');
  assert.equal(excerpt('🐝🐝🐝🐝', 3), '🐝🐝…');
});

test('a text that is cut says how much is missing', () => {
  assert.equal(shorten('abc\ndef', 7), 'abc\ndef');
  assert.equal(shorten('abc\ndef', 5), 'abc\nd… (2 more characters)');
});

test('a count names its things', () => {
  assert.deepEqual([plural(0, 'ask'), plural(1, 'ask'), plural(2, 'ask')], ['0 asks', '1 ask', '2 asks']);
});
