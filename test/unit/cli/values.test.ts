import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, readCount, readId, readPort, readSpan } from '#src/cli/values.ts';

test('a span is seconds, with a unit or without', () => {
  assert.equal(readSpan()('90'), 90);
  assert.equal(readSpan()('1.5m'), 90);
  assert.equal(readSpan()('2h'), 7200);
  assert.equal(readSpan()('1d'), 86_400);
});

for (const wrong of ['', '-1s', '5 m', '1w', 'soon', '1e3']) {
  test(`"${wrong}" is no span`, () => assert.throws(() => readSpan()(wrong), /a span is a number with s, m, h or d/));
}

test('a span that is too short or too long is told with the ones that are taken', () => {
  assert.throws(() => readSpan(1)('0'), /a span from 1s to 366d is needed/);
  assert.throws(() => readSpan()('367d'), /a span from 0s to 366d is needed/);
  assert.throws(() => readSpan(0, 180)('4m'), /a span from 0s to 3m is needed/);
});

test('ids, counts and ports keep their ranges', () => {
  assert.equal(readId('7'), 7);
  assert.throws(() => readId('0'), /whole number from 1/);
  assert.throws(() => readId('1.5'), /whole number from 1/);
  assert.equal(readCount(32)('32'), 32);
  assert.throws(() => readCount(32)('33'), /from 1 to 32/);
  assert.equal(readPort('0'), 0);
  assert.throws(() => readPort('65536'), /0 \(a free one\) to 65535/);
});

test('a repeatable option takes commas too', () => {
  assert.deepEqual(collect('b,c', collect('a')), ['a', 'b', 'c']);
});
