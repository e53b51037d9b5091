import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Descriptors } from '#src/daemon/health/descriptors.ts';
import { createTestClock } from '../../../support/clock.ts';

const quiet = { error: () => undefined };

test('connections are refused while the last descriptors are needed, and that is said until there is room again', () => {
  const process = { open: 67, limit: 100 };
  const descriptors = new Descriptors(createTestClock(), quiet, () => process);
  assert.equal(descriptors.alert(), undefined, 'one more may come');
  assert.equal(typeof descriptors.enter(), 'function');
  process.open = 69;
  assert.match(descriptors.alert() ?? '', /short: 31 of 100 are free/);
  assert.equal(descriptors.enter(), null);

  process.open = 67;
  assert.match(
    descriptors.alert() ?? '',
    /short: 33 of 100 are free.*refused \(1 so far\)/,
    'one was free for a moment',
  );
  process.open = 50;
  assert.equal(descriptors.alert(), undefined);
  process.open = 67;
  assert.equal(descriptors.alert(), undefined, 'nobody was refused since');
});
