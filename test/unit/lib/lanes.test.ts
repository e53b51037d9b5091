import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Lanes } from '#src/lib/lanes.ts';

/** What lanes promise, in the plainest way: `turns` are the lanes that have something, the next one first. */
class Model {
  readonly #lanes = new Map<string, number[]>();
  #turns: string[] = [];

  push(lane: string, item: number): void {
    if (this.sizeOf(lane) === 0) this.#turns.push(lane);
    this.#lanes.set(lane, [...(this.#lanes.get(lane) ?? []), item]);
  }

  sizeOf(lane: string): number {
    return this.#lanes.get(lane)?.length ?? 0;
  }

  take(max: number, each: number): number[] {
    const taken: number[] = [];
    const got = new Map<string, number>();
    for (;;) {
      const lane = this.#turns[0];
      if (lane === undefined || taken.length === max || (got.get(lane) ?? 0) === each) return taken;
      const [item, ...others] = this.#lanes.get(lane) ?? [];
      this.#lanes.set(lane, others);
      this.#turns = [...this.#turns.slice(1), ...(others.length > 0 ? [lane] : [])];
      got.set(lane, (got.get(lane) ?? 0) + 1);
      taken.push(item as number);
    }
  }
}

const LANES = ['alice', 'bob', 'mallory'];
const pushes = fc.record({ lane: fc.constantFrom(...LANES), many: fc.oneof(fc.nat(3), fc.nat(200)) });
const takes = fc.record({ max: fc.nat(150), each: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(Infinity)) });

test('lanes take turns in order, whatever is pushed and taken in between', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(pushes, takes), { maxLength: 40 }), (steps) => {
      const lanes = new Lanes<number>();
      const model = new Model();
      let item = 0;
      for (const step of steps) {
        if ('max' in step) assert.deepEqual(lanes.take(step.max, step.each), model.take(step.max, step.each));
        else
          for (let left = step.many; left > 0; left--, item++)
            [lanes, model].forEach((one) => one.push(step.lane, item));
        const sizes = LANES.map((lane) => model.sizeOf(lane));
        assert.deepEqual(
          LANES.map((lane) => lanes.sizeOf(lane)),
          sizes,
        );
        assert.equal(
          lanes.size,
          sizes.reduce((sum, size) => sum + size, 0),
        );
      }
    }),
  );
});

test('a lane that is longer than what is kept of it gives everything in order', () => {
  const lanes = new Lanes<number>();
  for (let item = 0; item < 200_000; item++) lanes.push('mallory', item);
  const taken = Array.from({ length: 200_000 / 32 }, () => lanes.take(200, 32)).flat();
  assert.deepEqual([taken.length, taken.every((item, index) => item === index)], [200_000, true]);
});
