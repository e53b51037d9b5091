import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain } from '#src/cli/output.ts';
import { ago, span } from '#src/lib/span.ts';

test('text of agents cannot steer the terminal', () => {
  const hostile = 'a\u001b[2Jb\u009bc\u0007d\re\u202ef\u2066g';
  assert.equal(plain(hostile), 'a�[2Jb�c�d�e�f�g');
  assert.equal(plain('two\nlines\tand a tab'), 'two\nlines\tand a tab');
});

test('times are told in one unit', () => {
  assert.equal(span(0.4), '0s');
  assert.equal(span(59), '59s');
  assert.equal(span(3600), '1h');
  assert.equal(span(-5), '0s');
  assert.equal(ago(1_000, 121_000), '2m ago');
});
