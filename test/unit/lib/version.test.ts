import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findVersion, isAtLeast } from '#src/lib/version.ts';

test('finds the version in what programs say', () => {
  assert.equal(findVersion('gitea version 1.27.3 built with go1.26.8'), '1.27.3');
  assert.equal(findVersion('go1.26'), '1.26');
  assert.equal(findVersion('2.1.331 (Claude Code)'), '2.1.331');
  assert.equal(findVersion('no number'), null);
});

test('compares by number, not by text', () => {
  assert.equal(isAtLeast('1.27.10', '1.27.3'), true);
  assert.equal(isAtLeast('1.27.3', '1.27.3'), true);
  assert.equal(isAtLeast('1.9.0', '1.27.3'), false);
  assert.equal(isAtLeast('1.27', '1.27.3'), false);
  assert.equal(isAtLeast('2', '1.27.3'), true);
});
