import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyResult } from '#src/harness/runtimes/runtime.ts';
import type { TurnResult } from '#src/harness/runtimes/runtime.ts';
import { newTurn } from '#src/harness/turn/current-turn.ts';
import { presentedOf, unseenOf } from '#src/harness/turn/presented-report.ts';
import { received } from '../../support/harness.ts';

const start = { turn: 5, deliveries: [received(1), received(2)], remaining: 0, waiting: [], note: null, earlier: [] };

/** A turn that took 3 to 6: 3 and 4 were shown whole, 5 in part, 6 not at all. */
function reported(result: Partial<TurnResult>): { presented: number[]; unseen: number[] } {
  const turn = newTurn(5, () => undefined);
  for (const id of [3, 4]) turn.shown.add(id);
  turn.unread.push({ message: received(5), page: 1 }, { message: received(6), page: 0 });
  const whole = { ...emptyResult('failed'), ...result };
  return { presented: presentedOf(start, turn, whole), unseen: unseenOf(start, turn, whole) };
}

describe('what a turn’s report says of messages that the runtime did not get', () => {
  test('a runtime whose stream tells all: what it does not tell of was not seen, but for a part of a long one', () => {
    assert.deepEqual(reported({ consumed: true, seen: [3] }), { presented: [1, 2, 3], unseen: [6, 4] });
    assert.deepEqual(reported({ consumed: false }), { presented: [], unseen: [6, 1, 2, 3, 4] });
  });

  test('a command: only what the harness still holds was surely not seen', () => {
    assert.deepEqual(reported({ consumed: true, toldAll: false }), { presented: [1, 2], unseen: [6] });
    assert.deepEqual(reported({ consumed: false, toldAll: false }), { presented: [], unseen: [6] });
  });
});
