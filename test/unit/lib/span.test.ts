import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, parseSpan, span } from '#src/lib/span.ts';

test('a span is seconds, with units or without', () => {
  const spans = { '90': 90, '90s': 90, '15m': 900, '1.5m': 90, '2h': 7200, '3d': 259_200, '1h30m': 5400, '0s': 0 };
  for (const [text, seconds] of Object.entries(spans)) assert.equal(parseSpan(text), seconds, text);
  for (const wrong of ['', '-1s', '5 m', '1w', 'soon', '1e3', '90s5', 'h', '1..5m', '1h ', 'Infinity'])
    assert.equal(parseSpan(wrong), undefined, wrong);
});

test('a span is said in its largest unit', () => {
  assert.deepEqual([0, 59, 60, 7200, 200_000, -5].map(span), ['0s', '59s', '1m', '2h', '2d', '0s']);
  assert.equal(ago(1000, 66_000), '1m ago');
});
