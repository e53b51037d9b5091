import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '#src/lib/nearest.ts';

const WORDS = ['list', 'add', 'remove', 'start', 'stop', 'restart', 'exec'];

for (const [word, meant] of [
  ['lst', 'list'],
  ['ad', 'add'],
  ['stpo', 'stop'],
  ['remvoe', 'remove'],
  ['rest', 'restart'],
  ['list', 'list'],
  ['frobnicate', undefined],
  ['x', undefined],
  ['', undefined],
] as const) {
  test(`"${word}" is near ${meant ?? 'nothing'}`, () => assert.equal(nearest(word, WORDS), meant));
}
