import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { History, Sent, Sight } from '../../chaos/history.ts';
import { judge } from '../../chaos/judge.ts';

/** bob's messages 1, 2, 3 … to alice; message and delivery have the same number. */
function fromBob(count: number): Sent[] {
  return Array.from({ length: count }, (_, index) => sent(index + 1));
}

function sent(nth: number, fields: Partial<Sent> = {}): Sent {
  return { token: `bob:${nth}`, sender: 'bob', to: 'alice', nth, sum: 'sum', message: nth, ...fields };
}

/** alice sees bob's message `nth` in `turn`. */
function saw(nth: number, turn: number, fields: Partial<Sight> = {}): Sight {
  return { token: `bob:${nth}`, turn, delivery: nth, message: nth, redelivered: 0, sum: 'sum', ...fields };
}

function again(nth: number, turn: number, times = 1): Sight {
  return saw(nth, turn, { redelivered: times });
}

function rules(all: Sent[], sights: Sight[], more: Partial<History> = {}): string[] {
  return judge({ sent: all, seen: new Map([['alice', sights]]), retried: new Set(), ...more }).map(({ rule }) => rule);
}

describe('a history that keeps the hive’s word', () => {
  test('everything once and in order', () => {
    assert.deepEqual(rules(fromBob(3), [saw(1, 1), saw(2, 1), saw(3, 2)]), []);
  });

  test('what was interrupted comes again with its mark, before anything later', () => {
    const sights = [saw(1, 1), saw(2, 1), again(1, 2), again(2, 3), saw(3, 4)];
    assert.deepEqual(rules(fromBob(3), sights), []);
  });

  test('a later message of the same interrupted turn is no overtaking', () => {
    const sights = [saw(1, 1), saw(2, 1), saw(3, 1), again(1, 2), again(2, 2), again(3, 2)];
    assert.deepEqual(rules(fromBob(3), sights), []);
  });

  test('a send that was never confirmed may be missing, and may be there', () => {
    assert.deepEqual(rules([sent(1, { message: null })], []), []);
    assert.deepEqual(rules([sent(1, { message: null })], [saw(1, 1)]), []);
  });

  test('what was given up and queued again by the operator may be overtaken', () => {
    const sights = [saw(1, 1), saw(2, 2), saw(3, 3), again(1, 4)];
    assert.deepEqual(rules(fromBob(3), sights, { retried: new Set([1]) }), []);
  });
});

describe('a history that breaks it', () => {
  test('confirmed and never seen', () => {
    assert.deepEqual(rules(fromBob(2), [saw(1, 1)]), ['lost']);
  });

  test('seen only by somebody else', () => {
    const seen = new Map([
      ['alice', []],
      ['mallory', [saw(1, 1)]],
    ]);
    assert.deepEqual(rules(fromBob(1), [], { seen }), ['lost', 'stranger']);
  });

  test('seen again without a mark, in another turn and in the same', () => {
    assert.deepEqual(rules(fromBob(1), [saw(1, 1), saw(1, 2)]), ['doubled']);
    assert.deepEqual(rules(fromBob(1), [saw(1, 1), saw(1, 1)]), ['doubled']);
  });

  test('one send that became two messages, whatever their marks', () => {
    const twin = saw(1, 2, { message: 7, delivery: 7, redelivered: 1 });
    assert.deepEqual(rules(fromBob(1), [saw(1, 1), twin]), ['doubled']);
    assert.deepEqual(rules(fromBob(1), [saw(1, 1, { message: 7 })]), ['doubled']);
  });

  test('an earlier message for the first time after a later one', () => {
    assert.deepEqual(rules(fromBob(2), [saw(2, 1), saw(1, 2)]), ['order', 'order']);
  });

  test('something later between an interrupted turn and its return', () => {
    assert.deepEqual(rules(fromBob(2), [saw(1, 1), saw(2, 2), again(1, 3)]), ['order']);
  });

  test('one sender’s words in another order than it said them', () => {
    const early = saw(2, 1, { delivery: 1, message: 2 });
    const late = saw(1, 1, { delivery: 2, message: 1 });
    assert.deepEqual(rules(fromBob(2), [early, late]), ['order']);
  });

  test('another body than was sent', () => {
    assert.deepEqual(rules(fromBob(1), [saw(1, 1, { sum: 'other' })]), ['damaged']);
  });

  test('something that nobody sent', () => {
    assert.deepEqual(rules([], [saw(1, 1)]), ['stranger']);
  });
});
