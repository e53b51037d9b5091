import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentConfig } from '#src/protocol/agent-config.ts';
import type { Turn } from '#src/protocol/shapes.ts';
import { setPaused } from '#src/daemon/agents/agent-store.ts';
import { Holding } from '#src/daemon/agents/holding.ts';
import { Roster } from '#src/daemon/agents/roster.ts';
import { openTestDatabase } from '../../../support/database.ts';

/** A database with one agent, a holding over it, and what the broker was told last. */
async function makeHolding(runtime: 'claude' | 'command') {
  const base = openTestDatabase();
  const roster = new Roster(base.writer, { next: () => 310_005 });
  await roster.place(
    { name: 'alice', config: agentConfig.parse({ runtime }), commit: 'c1', prompt: '', failure: null },
    'added',
  );
  const world = {
    held: undefined as boolean | undefined,
    login: undefined as { changedAt: number } | undefined,
    lastTurn: undefined as Partial<Turn> | undefined,
  };
  const broker = {
    setHolding: (_name: string, held: boolean) => void (world.held = held),
    lastTurn: () => world.lastTurn as Turn | undefined,
  };
  const holding = new Holding({ roster, broker, clock: base.clock, login: () => world.login });
  return { ...base, roster, world, holding };
}

test('a rate limit parks the agent until the time its provider named, over a restart too', async () => {
  await using place = await makeHolding('command');
  const { clock, writer, roster, world, holding } = place;
  holding.refresh('alice');
  assert.equal(world.held, false);
  await holding.park('alice', clock.now() + 90_000);
  assert.equal(world.held, true);
  const restarted = new Roster(writer, { next: () => 0 });
  assert.equal(restarted.get('alice').parkedUntil, roster.get('alice').parkedUntil);
  await clock.advance(89_999);
  assert.equal(world.held, true);
  await clock.advance(1);
  assert.equal(world.held, false);
});

test('a pause outlasts the end of a parking', async () => {
  await using place = await makeHolding('command');
  const { clock, roster, world, holding } = place;
  await holding.park('alice', null);
  await roster.update('alice', 'paused', (db, now) => setPaused(db, 'alice', true, now));
  await clock.advance(3_600_000);
  assert.equal(world.held, true);
});

test('a claude agent is held without a credential, and after a refused one until another is stored', async () => {
  await using place = await makeHolding('claude');
  const { roster, world, holding } = place;
  const look = (): boolean | undefined => {
    holding.refresh('alice');
    return world.held;
  };
  assert.equal(look(), true);
  world.login = { changedAt: 100 };
  assert.equal(look(), false);
  world.lastTurn = { outcome: 'needs_login', ended_at: 200 };
  assert.equal(look(), true);
  assert.equal(holding.needsLogin(roster.get('alice'), world.lastTurn as Turn), true);
  world.login = { changedAt: 300 };
  assert.equal(look(), false);
});
