import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { QueueOrder } from '#src/daemon/broker/deliveries/queue-order.ts';

/** Few ids, so that most of them come and go several times; some are larger than what 32 bits hold twice. */
const id = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2 ** 31, max: 2 ** 31 + 60 }));

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: id, wakes: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ remove: id }) },
  { weight: 2, arbitrary: fc.constant({ shift: true as const }) },
  { weight: 2, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 40 }), wakes: fc.boolean() }) },
);

/** Bytes of the heap that are in use once garbage was looked for. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** The order is what a sorted list of the same deliveries says. */
function check(order: QueueOrder, model: Map<number, boolean>, bounds: [number, number]): void {
  const ids = [...model.keys()].toSorted((a, b) => a - b);
  assert.deepEqual(order.list(0, Infinity), ids);
  assert.deepEqual(order.list(1, 3), ids.slice(1, 4));
  assert.deepEqual([order.length, order.waking], [ids.length, ids.filter((one) => model.get(one)).length]);
  const [after, upTo] = bounds;
  assert.equal(order.countBetween(after, upTo), ids.filter((one) => one > after && one <= upTo).length);
  assert.deepEqual(
    order.wakingAfter(after),
    ids.filter((one) => one > after && model.get(one)),
  );
  for (const one of bounds) {
    assert.equal(order.has(one, true), model.get(one) === true);
    assert.equal(order.has(one, false), model.get(one) === false);
  }
}

test('a queue is in the order of its ids, whatever came and left in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), id, id, (steps, one, other) => {
      const order = new QueueOrder();
      const model = new Map<number, boolean>();
      const add = (what: number, wakes: boolean): void => {
        const place = [...model.keys()].filter((before) => before < what).length;
        assert.equal(order.add(what, wakes), model.has(what) ? -1 : place);
        if (!model.has(what)) model.set(what, wakes);
      };
      const remove = (what: number): void => {
        const place = [...model.keys()].filter((before) => before < what).length;
        const wakes = model.get(what);
        assert.deepEqual(order.remove(what), wakes === undefined ? undefined : { place, wakes });
        model.delete(what);
      };
      for (const next of steps) {
        if ('add' in next) add(next.add, next.wakes);
        if ('remove' in next) remove(next.remove);
        if ('shift' in next && model.size > 0) remove(Math.min(...model.keys()));
        if ('append' in next) {
          const last = Math.max(0, ...model.keys());
          for (let more = 1; more <= next.append; more++) add(last + more, next.wakes);
        }
        check(order, model, [Math.min(one, other), Math.max(one, other)]);
      }
    }),
    { numRuns: 150 },
  );
});

test('a long queue is worked off without moving what waits, and holds eight bytes of each', () => {
  const order = new QueueOrder();
  const before = usedBytes();
  for (let delivery = 1; delivery <= 400_000; delivery++) order.add(delivery, true);
  const bytes = (usedBytes() - before) / 400_000;
  assert.ok(bytes < 16, `${bytes} bytes of each`);
  for (let delivery = 1; delivery < 400_000; delivery++) assert.equal(order.remove(delivery)?.place, 0);
  assert.deepEqual(order.list(0, 2), [400_000]);
});
