import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createEventReader } from '#src/daemon/edge/model/event-stream.ts';
import { createUsageMeter } from '#src/daemon/edge/model/usage-meter.ts';

const EVENTS = [
  { type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 7 } } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'zwölf Boxkämpfer 🥊' } },
  { type: 'message_delta', delta: {}, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];

test('usage is read the same however the stream is cut into chunks', () => {
  const stream = Buffer.from(
    EVENTS.map((event) => `event: ${event.type}\r\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
      const meter = createUsageMeter(1000);
      const seen: unknown[] = [];
      const read = createEventReader((event) => {
        seen.push(event);
        meter.event(event);
      });
      const ends = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      for (const [at, end] of ends.entries()) read(stream.subarray(ends[at - 1] ?? 0, end));
      assert.deepEqual(seen, EVENTS);
      assert.deepEqual(meter.usage(), { input: 5, output: 9, cacheRead: 7, cacheWrite: 0, complete: true });
    }),
  );
});

test('what the provider did not say is estimated, and nonsense counts nothing', () => {
  const cut = createUsageMeter(400);
  assert.deepEqual(cut.usage(), { input: 100, output: 0, cacheRead: 0, cacheWrite: 0, complete: false });
  cut.event({ type: 'content_block_delta', delta: { text: 'x'.repeat(40) } });
  assert.equal(cut.usage().output, 10);
  for (const event of [
    null,
    3,
    'x',
    [],
    { type: 'message_start' },
    { type: 'message_delta', usage: { output_tokens: 'many', input_tokens: 1.5 } },
  ])
    cut.event(event);
  assert.equal(cut.usage().output, 10);
  assert.equal(cut.usage().input, 100);
});
