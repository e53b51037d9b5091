import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Fifo } from '#src/lib/fifo.ts';

test('what was pushed is taken in order, whatever is pushed and taken in between', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ push: fc.nat(150), take: fc.nat(150) }), { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let item = 0;
      for (const { push, take } of steps) {
        for (let left = push; left > 0; left--, item++) [fifo, model].forEach((one) => one.push(item));
        for (let left = take; left > 0; left--) assert.equal(fifo.take(), model.shift());
        assert.equal(fifo.size, model.length);
      }
    }),
  );
});
