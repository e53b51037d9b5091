import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { newMark, wakePrompt } from '#src/harness/wake-prompt.ts';
import type { Wake } from '#src/harness/wake-prompt.ts';
import { received } from '../../support/harness.ts';

const TEMPLATE = readFileSync(resolve(import.meta.dirname, '../../../templates/prompts/wake.md'), 'utf8');

function prompt(wake: Partial<Wake>): string {
  return wakePrompt(TEMPLATE, { deliveries: [received(1)], remaining: 0, earlier: [], ...wake }, 'cafe');
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
    const text = prompt({ deliveries: [received(1, { broadcast: true }), received(2)], remaining: 40 });
    assert.match(text, /^You have 2 new messages\./);
    assert.match(text, /sent to everybody: it may need no action/);
    assert.match(text, /\(\+40 more queued; call recv\(max: 32\) before acting\)\n$/);
  });

  test('of a redelivery begins with what was already done', () => {
    const earlier = [{ kind: 'push', summary: 'pushed main of alice/loom', at: 1 }];
    const text = prompt({ deliveries: [received(1, { redelivered: 2 })], earlier });
    assert.match(
      text,
      /^REDELIVERED: 2 earlier turns got this[^]*do not do it again:\n- push: pushed main of alice\/loom\n\nYou have/,
    );
    assert.match(
      prompt({ deliveries: [received(1, { redelivered: 1 })] }),
      /^REDELIVERED: an earlier turn[^]*left no trace/,
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
