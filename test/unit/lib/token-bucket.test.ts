import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '#src/lib/token-bucket.ts';

describe('token bucket', () => {
  test('allows its burst at once and then one by one as time goes', () => {
    const bucket = new TokenBucket({ burst: 3, perSecond: 2 }, 1000);
    for (const _ of [1, 2, 3]) assert.equal(bucket.take(1, 1000), 0);
    assert.equal(bucket.take(1, 1000), 500);
    assert.equal(bucket.take(1, 1250), 250);
    assert.equal(bucket.take(1, 1500), 0);
    assert.equal(bucket.take(1, 1500), 500);
  });

  test('takes nothing when it refuses', () => {
    const bucket = new TokenBucket({ burst: 10, perSecond: 1 }, 0);
    assert.equal(bucket.take(8, 0), 0);
    assert.equal(bucket.take(5, 0), 3000);
    assert.equal(bucket.take(2, 0), 0);
  });

  test('holds no more than its burst, however long nobody asked', () => {
    const bucket = new TokenBucket({ burst: 2, perSecond: 5 }, 0);
    assert.equal(bucket.left(1e9), 2);
    assert.equal(bucket.take(2, 1e9), 0);
    bucket.giveBack(7);
    assert.equal(bucket.left(1e9), 2);
  });

  test('gives back what did not happen', () => {
    const bucket = new TokenBucket({ burst: 1, perSecond: 0.001 }, 0);
    assert.equal(bucket.take(1, 0), 0);
    bucket.giveBack(1);
    assert.equal(bucket.take(1, 0), 0);
  });

  test('says when something can never fit', () => {
    assert.equal(new TokenBucket({ burst: 5, perSecond: 1 }, 0).take(6, 0), Infinity);
    assert.equal(new TokenBucket({ burst: 0, perSecond: 1 }, 0).take(1, 1e6), Infinity);
    const once = new TokenBucket({ burst: 1, perSecond: 0 }, 0);
    assert.equal(once.take(1, 0), 0);
    assert.equal(once.take(1, 1e6), Infinity);
  });

  test('a time that went back counts as the last one', () => {
    const bucket = new TokenBucket({ burst: 1, perSecond: 1 }, 5000);
    assert.equal(bucket.take(1, 5000), 0);
    assert.equal(bucket.take(1, 1000), 1000);
    assert.equal(bucket.take(1, 5500), 500);
  });

  test('never lets more through than burst + rate × time, and keeps its word about when', () => {
    const call = fc.record({ cost: fc.integer({ min: 1, max: 5 }), pause: fc.integer({ min: 0, max: 3000 }) });
    const rate = fc.record({
      burst: fc.integer({ min: 5, max: 50 }),
      perSecond: fc.double({ min: 0.01, max: 20, noNaN: true }),
    });
    fc.assert(
      fc.property(rate, fc.array(call, { maxLength: 60 }), (limits, calls) => {
        const bucket = new TokenBucket(limits, 0);
        let now = 0;
        let taken = 0;
        for (const { cost, pause } of calls) {
          now += pause;
          const wait = bucket.take(cost, now);
          if (wait > 0) {
            now += wait;
            assert.equal(bucket.take(cost, now), 0, 'after the wait it named');
          }
          taken += cost;
          assert.ok(taken <= limits.burst + (limits.perSecond * now) / 1000 + 0.01);
        }
      }),
    );
  });
});
