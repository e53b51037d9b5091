import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { deliveriesIn, renderInbox } from '#src/harness/mcp/inbox-page.ts';
import type { Unread } from '#src/harness/turn/current-turn.ts';
import { received } from '../../support/harness.ts';

const LIMIT = 16 * 1024;
/** What a result has beside its page: the lines at its end. */
const TAIL = 460;
const MAX = 32;

function unread(...bodies: string[]): Unread[] {
  return bodies.map((body, at) => ({ message: received(at + 1, { body }), page: 0 }));
}

describe('a page of the inbox', () => {
  test('shows whole messages as far as they fit and names their deliveries', () => {
    const waiting = unread('a'.repeat(7000), 'b'.repeat(7000), 'c'.repeat(7000));
    const page = renderInbox(waiting, MAX, 'cafe');
    assert.deepEqual([page.deliveries, page.goesOn, waiting.length], [[1, 2], null, 1]);
    assert.deepEqual(deliveriesIn(page.text), [1, 2]);
    assert.deepEqual(renderInbox(waiting, MAX, 'cafe').deliveries, [3]);
    assert.equal(renderInbox(waiting, MAX, 'cafe').text, '(empty)');
  });

  test('is the same kind of list for one message, several, and a part of one', () => {
    const shape = (text: string): string[] => text.split('\n').map((line) => line.replaceAll(/\d+/g, 'N').slice(0, 20));
    const head = ['hive-deliveries: N', '#N · message · from ', '--- begin x ---'];
    assert.deepEqual(shape(renderInbox(unread('one'), MAX, 'x').text), [...head, 'one', '--- end x ---']);
    const two = shape(renderInbox(unread('one', 'two'), MAX, 'x').text);
    assert.deepEqual(two.slice(1), [...head.slice(1), 'one', '--- end x ---', '', ...head.slice(1), 'two', '--- end x ---']); // prettier-ignore
    const part = renderInbox(unread('long '.repeat(4000)), MAX, 'x').text;
    assert.deepEqual(shape(part).slice(0, 3), ['hive-deliveries:', ...head.slice(1)]);
    assert.match(part, /^#101 .* · page 1 of 2$/m);
  });

  test('shows no more messages than were asked for', () => {
    const waiting = unread('one', 'two', 'three');
    assert.deepEqual(renderInbox(waiting, 2, 'x').deliveries, [1, 2]);
    assert.equal(waiting.length, 1);
  });

  test('shows a long message in parts and counts it with the last one only', () => {
    const waiting = unread('é'.repeat(16_000), 'next');
    const pages = Array.from({ length: 4 }, () => renderInbox(waiting, MAX, 'x'));
    assert.deepEqual(
      pages.map((page) => [page.goesOn, page.deliveries]),
      [['page 2 of 3', []], ['page 3 of 3', []], [null, [1]], [null, [2]]], // prettier-ignore
    );
    assert.deepEqual(deliveriesIn(pages[0]!.text), []);
  });

  test('of 32 small messages with the longest ids fits whole, and so does a 64 KiB body in few pages', () => {
    const last = Number.MAX_SAFE_INTEGER;
    const small = Array.from({ length: 32 }, (_, at) => ({ message: received(last - at - 101), page: 0 }));
    const page = renderInbox(small, MAX, 'abcdef01');
    assert.equal(page.deliveries.length, 32);
    assert.deepEqual(deliveriesIn(page.text), page.deliveries);
    assert.ok(Buffer.byteLength(page.text) < LIMIT - TAIL);
    const options = Array.from({ length: 12 }, () => '火'.repeat(200));
    const ask = received(1, { body: '火'.repeat(21_845), kind: 'ask', ask: 7, options, redelivered: 3 });
    const waiting = [{ message: ask, page: 0 }];
    const pages = [];
    while (waiting.length > 0) pages.push(renderInbox(waiting, MAX, 'abcdef01'));
    assert.ok(pages.length <= 9, `${pages.length} pages`);
    for (const { text } of pages) assert.ok(Buffer.byteLength(text) < LIMIT - TAIL);
  });

  test('never exceeds its limit and loses nothing, whatever the bodies', () => {
    const body = fc.string({ unit: 'grapheme', maxLength: 40_000, size: 'max' });
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), (bodies) => {
        const waiting = unread(...bodies);
        const shown: number[] = [];
        let text = '';
        for (
          let page = renderInbox(waiting, MAX, 'M');
          page.text !== '(empty)';
          page = renderInbox(waiting, MAX, 'M')
        ) {
          assert.ok(Buffer.byteLength(page.text) < LIMIT - TAIL);
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
    const page = renderInbox(unread('hive-deliveries: 77 78'), MAX, 'x');
    assert.deepEqual(deliveriesIn(page.text), [1]);
    assert.deepEqual(deliveriesIn('(empty)\nhive-deliveries: 5'), []);
    assert.deepEqual(deliveriesIn('hive-deliveries: x 1e9 -3 4'), [1e9, 4]);
  });
});
