import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from '#src/lib/fill.ts';

test('every place gets its value, and a value is not looked at again', () => {
  assert.equal(fill('{{a}} and {{b_2}}, {{a}}', { a: '{{b_2}}', b_2: 7, unused: '' }), '{{b_2}} and 7, {{b_2}}');
  assert.equal(fill('$& {{a}}', { a: '$1 $&' }), '$& $1 $&');
});

test('a place without a value is named', () => {
  assert.throws(() => fill('{{who}}', {}), /\{\{who\}\}/);
});

test('braces of other languages stay', () => {
  assert.equal(fill('{{ .Repo }} {{end}}', { end: 'x' }), '{{ .Repo }} x');
});
