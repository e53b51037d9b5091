import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentConfig } from '#src/protocol/agent-config.ts';
import { type AgentFacts, agentRow, stateOf } from '#src/daemon/agents/row.ts';

const NOW = 1_000_000;

function facts(agent: Partial<AgentFacts['agent']> = {}, changes: Partial<AgentFacts> = {}): AgentFacts {
  return {
    agent: {
      ...{ name: 'alice', uid: 310_005, config: agentConfig.parse({ runtime: 'command' }), commit: 'c1', prompt: '' },
      ...{ paused: false, stopped: false, parkedUntil: null, failure: null, statusText: null, statusSetAt: null },
      ...{ changedAt: 5, forgeUserId: 7, removedAt: null },
      ...agent,
    },
    session: { id: 1, agent: 'alice', state: 'live', turn: null },
    runtimeFailure: null,
    trouble: null,
    needsLogin: false,
    counts: { queued: 0, leased: 0, dead: 0, reminders: 0, turnsToday: 0 },
    activity: undefined,
    lastTurn: undefined,
    tokensToday: 0,
    pid: 42,
    exitCode: null,
    forgeUrl: 'http://127.0.0.1:7001/alice',
    now: NOW,
    ...changes,
  };
}

test('of everything that is true the first word in the order of the protocol is shown', () => {
  const all = { failure: 'bad yaml', parkedUntil: NOW + 1, paused: true, stopped: true };
  const login = { needsLogin: true };
  assert.equal(stateOf(facts(all, login)), 'failed');
  assert.equal(stateOf(facts({ ...all, failure: null }, login)), 'needs_login');
  assert.equal(stateOf(facts({ ...all, failure: null })), 'parked');
  assert.equal(stateOf(facts({ paused: true, stopped: true })), 'paused');
  assert.equal(stateOf(facts({ stopped: true })), 'stopped');
  assert.equal(stateOf(facts({}, { session: undefined })), 'starting');
  assert.equal(stateOf(facts({}, { session: { id: 1, agent: 'alice', state: 'live', turn: 9 } })), 'working');
  assert.equal(stateOf(facts()), 'idle');
});

test('a parking that is over and a death that was overcome are not shown', () => {
  assert.equal(stateOf(facts({ parkedUntil: NOW })), 'idle');
  assert.equal(stateOf(facts({}, { runtimeFailure: 'exit code 1 (3 times in a row)' })), 'idle');
  const down = { runtimeFailure: 'exit code 1 (3 times in a row)', session: undefined };
  assert.equal(stateOf(facts({}, down)), 'failed');
  assert.match(agentRow(facts({}, down)).detail ?? '', /exit code 1 .* hive logs alice/);
});

test('a session whose connection dropped goes on until it is given up', () => {
  const session = { id: 1, agent: 'alice', state: 'disconnected' as const, turn: 9 };
  assert.equal(stateOf(facts({}, { session })), 'working');
  assert.equal(stateOf(facts({}, { session: { ...session, state: 'lost' } })), 'starting');
});

test('every state that needs somebody says what to do', () => {
  assert.match(agentRow(facts({}, { needsLogin: true })).detail ?? '', /hive login/);
  assert.match(agentRow(facts({ paused: true })).detail ?? '', /hive agents resume alice/);
  assert.match(agentRow(facts({ stopped: true })).detail ?? '', /hive agents start alice/);
  assert.match(
    agentRow(facts({ parkedUntil: Date.UTC(2026, 0, 5), paused: false }, { now: 0 })).detail ?? '',
    /2026-01-05T00:00/,
  );
});
