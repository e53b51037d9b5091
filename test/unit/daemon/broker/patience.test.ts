import assert from 'node:assert/strict';
import test from 'node:test';
import { DEFAULT_SETTINGS, patienceOf } from '#src/daemon/broker/index.ts';
import { patience } from '#src/daemon/config.ts';

test('patience is told in seconds; what is left out keeps its default', () => {
  const set = patience.parse({ attempts: 2, back_off: [0.5, 3], turn_start: 1.5, resume: 4, phases: { tool: 7 } });
  assert.deepEqual(
    { ...DEFAULT_SETTINGS, ...patienceOf(set) },
    {
      ...DEFAULT_SETTINGS,
      attempts: 2,
      backOff: [500, 3000],
      turnStart: 1500,
      resume: 4000,
      phases: { ...DEFAULT_SETTINGS.phases, tool: 7000 },
    },
  );
  assert.deepEqual({ ...DEFAULT_SETTINGS, ...patienceOf({}) }, DEFAULT_SETTINGS);
});

test('patience without end or with a name that is none is refused', () => {
  for (const wrong of [{ poll: 0 }, { back_off: [] }, { attempts: 0 }, { phases: { thinking: 3 } }, { lease: 5 }])
    assert.equal(patience.safeParse(wrong).success, false, JSON.stringify(wrong));
});
