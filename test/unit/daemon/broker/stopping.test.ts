import assert from 'node:assert/strict';
import test from 'node:test';
import { inBackground } from '#src/daemon/broker/in-background.ts';
import type { Core } from '#src/daemon/broker/core.ts';
import { settle } from '../../../support/clock.ts';
import { createTestLog } from '../../../support/database.ts';

for (const { stopped, logged } of [
  { stopped: false, logged: 1 },
  { stopped: true, logged: 0 },
])
  test(`work that nobody waits for fails ${stopped ? 'without a word once the broker stopped' : 'with an error in the log'}`, async () => {
    const log = createTestLog();
    const core = { stopped, log } as unknown as Core;
    inBackground(core, Promise.reject(new Error('planted')), 'it failed');
    await settle();
    assert.equal(log.errors.length, logged);
  });
