import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForgeState } from '#src/daemon/forge/api.ts';
import type { ForgeSession } from '#src/daemon/forge/session.ts';
import { createStanding } from '#src/daemon/forge/standing.ts';

const up: ForgeState = { state: 'up', version: '1.27.3', detail: 'up', pid: 1 };
const down: ForgeState = { state: 'down', version: '1.27.3', detail: 'port 7001 is taken', pid: null };
const session = {} as ForgeSession;

test('ready waits through failures that may pass and ends with the reason of one that does not', async () => {
  const standing = createStanding(() => undefined);
  const waiting = standing.ready(new AbortController().signal);
  standing.changed(down);
  standing.changed({ ...down, state: 'starting', detail: 'starting' });
  standing.opened(session);
  standing.changed(up);
  await waiting;
  standing.changed(down, true);
  await assert.rejects(standing.ready(new AbortController().signal), /the forge is down: port 7001 is taken/);
});

test('whoever stops waiting is told what was seen last', async () => {
  const standing = createStanding(() => undefined);
  const stop = new AbortController();
  const waiting = standing.ready(stop.signal);
  standing.changed(down);
  stop.abort();
  await assert.rejects(waiting, { code: 'unavailable', message: /port 7001 is taken/ });
});

test('a session lasts as long as the forge is up', async () => {
  const standing = createStanding(() => undefined);
  await assert.rejects(standing.session(), { code: 'unavailable' });
  standing.opened(session);
  standing.changed(up);
  assert.equal(await standing.session(), session);
  standing.changed(down);
  await assert.rejects(standing.session(), { code: 'unavailable', retry: true });
});

test('only changes are told', () => {
  const told: string[] = [];
  const standing = createStanding(({ state }) => void told.push(state));
  for (const state of [up, up, down, down, up]) standing.changed(state);
  assert.deepEqual(told, ['up', 'down', 'up']);
});
