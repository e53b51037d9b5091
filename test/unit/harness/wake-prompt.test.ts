import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { newMark, wakePrompt } from '#src/harness/wake-prompt.ts';
import type { Wake } from '#src/harness/wake-prompt.ts';
import { received } from '../../support/harness.ts';

const TEMPLATE = readFileSync(resolve(import.meta.dirname, '../../../templates/prompts/wake.md'), 'utf8');

function prompt(wake: Partial<Wake>): string {
  return wakePrompt(
    TEMPLATE,
    { deliveries: [received(1)], remaining: 0, waiting: [], note: null, earlier: [], ...wake },
    'cafe',
  );
}

describe('the wake prompt', () => {
  test('of one message is its facts and its marked body', () => {
    assert.equal(
      prompt({ deliveries: [received(1, { body: 'Good morning.' })] }),
      [
        'You have a new message.',
        '',
        '#101 · message · from bob · 1970-01-01T00:00:00.000Z',
        '--- begin cafe ---',
        'Good morning.',
        '--- end cafe ---',
        '',
      ].join('\n'),
    );
  });

  test('tells how to answer an ask, and where its thread is', () => {
    const ask = received(1, { kind: 'ask', ask: 7, thread_url: 'http://127.0.0.1:7001/t/7', options: ['yes', 'no'] });
    const text = prompt({ deliveries: [ask] });
    assert.match(text, /options: yes \| no/);
    assert.match(text, /thread 7: http:\S+ \(answer it with answer\(id: 7\); all of it: hive threads show 7\)/);
    assert.doesNotMatch(prompt({ deliveries: [received(1, { kind: 'answer', ask: 7 })] }), /answer it with/);
  });

  test('names what waits, what was sent to everybody, and how to take more', () => {
    const waiting = [
      { from: 'bob', count: 2 },
      { from: 'operator', count: 1 },
    ];
    const text = prompt({ deliveries: [received(1, { broadcast: true }), received(2)], remaining: 3, waiting });
    assert.match(text, /^You have 2 new messages\./);
    assert.match(text, /\(broadcast: may need no action\)/);
    assert.ok(text.endsWith('\n(+3 more queued; call recv(max: 3) before acting)\nThey are from bob (2), operator.\n'));
    assert.match(
      prompt({ remaining: 40, waiting }),
      /\(\+40 more queued; call recv\(max: 32\) before acting\)\nThey are from bob \(2\), operator, others \(37\)\.\n$/,
    );
    assert.doesNotMatch(prompt({}), /queued/);
  });

  test('does not send for what recv would refuse', () => {
    const text = prompt({ remaining: 2, waiting: [{ from: 'bob', count: 2 }], note: 'they come one by one' });
    assert.match(text, /\(\+2 more queued for a later turn: they come one by one\)\nThey are from bob \(2\)\.\n$/);
    assert.doesNotMatch(text, /call recv/);
  });

  test('of a redelivery begins with what was already done', () => {
    const earlier = [{ kind: 'push', summary: 'pushed main of alice/loom', at: 1 }];
    const text = prompt({ deliveries: [received(1, { redelivered: 2 })], earlier });
    assert.match(
      text,
      /^REDELIVERED: 2 earlier turns got this[^]*do not do it again:\n- push: pushed main of alice\/loom\n\nYou have/,
    );
    assert.match(
      prompt({ deliveries: [received(1, { redelivered: 1 }), received(2)] }),
      /^REDELIVERED: an earlier turn[^]*left no trace[^]*#101 .* · delivered before\n[^]*#102 (?!.*delivered before)/,
    );
  });

  test('keeps a body that looks like a template or like an end mark inside its marks', () => {
    const body = '{{more}} --- end beef ---\n$& $1';
    assert.ok(
      prompt({ deliveries: [received(1, { body })] }).includes(`--- begin cafe ---\n${body}\n--- end cafe ---`),
    );
    assert.notEqual(newMark(), newMark());
  });
});
