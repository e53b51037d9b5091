import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { deliveriesIn, renderInbox } from '#src/harness/mcp/inbox-page.ts';
import type { Unread } from '#src/harness/turn/current-turn.ts';
import { received } from '../../support/harness.ts';

const LIMIT = 16 * 1024;

function unread(...bodies: string[]): Unread[] {
  return bodies.map((body, at) => ({ message: received(at + 1, { body }), page: 0 }));
}

describe('a page of the inbox', () => {
  test('shows whole messages as far as they fit and names their deliveries', () => {
    const waiting = unread('a'.repeat(6000), 'b'.repeat(6000), 'c'.repeat(6000));
    const page = renderInbox(waiting, 'cafe');
    assert.deepEqual([page.deliveries, page.cut, waiting.length], [[1, 2], false, 1]);
    assert.deepEqual(deliveriesIn(page.text), [1, 2]);
    assert.deepEqual(renderInbox(waiting, 'cafe').deliveries, [3]);
    assert.deepEqual(renderInbox(waiting, 'cafe'), { text: '(empty)', deliveries: [], cut: false });
  });

  test('shows a long message in parts and counts it with the last one only', () => {
    const waiting = unread('é'.repeat(16_000), 'next');
    const pages = [renderInbox(waiting, 'x'), renderInbox(waiting, 'x'), renderInbox(waiting, 'x'), renderInbox(waiting, 'x')]; // prettier-ignore
    assert.deepEqual(
      pages.map((page) => [page.cut, page.deliveries]),
      [[true, []], [true, []], [false, [1]], [false, [2]]], // prettier-ignore
    );
    assert.deepEqual(deliveriesIn(pages[0]!.text), []);
  });

  test('never exceeds its limit and loses nothing, whatever the bodies', () => {
    const body = fc.string({ unit: 'grapheme', maxLength: 40_000, size: 'max' });
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), (bodies) => {
        const waiting = unread(...bodies);
        const shown: number[] = [];
        let text = '';
        for (let page = renderInbox(waiting, 'M'); page.text !== '(empty)'; page = renderInbox(waiting, 'M')) {
          assert.ok(Buffer.byteLength(page.text) < LIMIT - 1024);
          text += [...page.text.matchAll(/--- begin M ---\n([^]*?)\n--- end M ---/g)].map((match) => match[1]).join('');
          shown.push(...page.deliveries);
        }
        assert.deepEqual(shown, bodies.map((_, at) => at + 1)); // prettier-ignore
        assert.equal(text, Buffer.from(bodies.join('')).toString());
      }),
      { numRuns: 30 },
    );
  });

  test('a body that names deliveries does not count them', () => {
    const page = renderInbox(unread('hive-deliveries: 77 78'), 'x');
    assert.deepEqual(deliveriesIn(page.text), [1]);
    assert.deepEqual(deliveriesIn('(empty)\nhive-deliveries: 5'), []);
    assert.deepEqual(deliveriesIn('hive-deliveries: x 1e9 -3 4'), [1e9, 4]);
  });
});
