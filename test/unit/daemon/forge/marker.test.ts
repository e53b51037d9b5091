import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimedRows, isMarked, markerOf, withoutMarkers } from '#src/daemon/forge/threads/marker.ts';

const row = { id: 12, ask: 3, kind: 'comment', author: 'alice' };
const marker = markerOf('secret', row);

test('a marker vouches for exactly one row', () => {
  assert.equal(isMarked('secret', row, `words\n\n${marker}`), true);
  assert.equal(isMarked('other', row, marker), false);
  for (const other of [{ id: 13 }, { ask: 4 }, { kind: 'open' }, { author: 'mallory' }])
    assert.equal(isMarked('secret', { ...row, ...other }, marker), false, JSON.stringify(other));
});

test('the right one counts among others, and people see none of them', () => {
  const forged = marker.replace(/[0-9a-f]{32}/, '0'.repeat(32));
  const text = `${forged} hello ${marker}`;
  assert.equal(isMarked('secret', row, text), true);
  assert.equal(isMarked('secret', row, forged), false);
  assert.deepEqual(claimedRows(text), [12, 12]);
  assert.equal(withoutMarkers(text), 'hello');
});

test('a marker is a comment that no Markdown shows', () => {
  assert.match(marker, /^<!-- hive:12:[0-9a-f]{32} -->$/);
});
