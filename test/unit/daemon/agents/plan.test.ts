import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AgentConfig, agentConfig } from '#src/protocol/agent-config.ts';
import type { Desired, DesiredAgent } from '#src/daemon/agents/desired.ts';
import { type ActualAgent, plan, type Step } from '#src/daemon/agents/plan.ts';

const NAMES = ['alice', 'bob', 'zoe'];
const CONFIG = agentConfig.parse({ runtime: 'command' });

function good(name: string, config: AgentConfig = CONFIG, prompt = ''): DesiredAgent {
  return { name, config, prompt, problem: null };
}

function running(name: string, changes: Partial<ActualAgent> = {}): ActualAgent {
  return {
    name,
    record: { config: CONFIG, prompt: '', failure: null, deployed: true, stopped: false },
    account: true,
    folders: true,
    socket: true,
    session: { id: 1, container: true },
    mayStart: true,
    ...changes,
  };
}

function does(desired: DesiredAgent[] | null, actual: ActualAgent[]): string[] {
  const steps = plan(desired && { commit: 'c1', agents: desired, strangers: [] }, actual);
  return steps.map((step) => `${step.agent}:${step.do}`);
}

test('a new agent gets row, account, folders, socket and container, in that order', () => {
  const order = ['alice:place', 'alice:account', 'alice:folders', 'alice:socket', 'alice:start'];
  assert.deepEqual(does([good('alice')], []), order);
});

test('an agent that runs as described needs nothing', () => {
  assert.deepEqual(does([good('alice')], [running('alice')]), []);
});

test('an agent that left hive/agents is ended and retired', () => {
  assert.deepEqual(does([], [running('alice')]), ['alice:end', 'alice:retire']);
});

test('a broken folder is blamed and stops neither its agent nor the others', () => {
  const broken: DesiredAgent = { name: 'bob', config: null, prompt: '', problem: 'bad yaml' };
  assert.deepEqual(does([good('alice'), broken], [running('bob')]), [
    ...['alice:place', 'alice:account', 'alice:folders', 'alice:socket', 'alice:start'],
    'bob:blame',
  ]);
});

test('a broken folder of an agent that never ran starts nothing', () => {
  assert.deepEqual(does([{ name: 'bob', config: null, prompt: '', problem: 'bad yaml' }], []), ['bob:blame']);
});

test('another prompt reaches a running container, other limits replace it', () => {
  assert.deepEqual(does([good('alice', CONFIG, 'Be brief.')], [running('alice')]), ['alice:place']);
  const smaller = agentConfig.parse({ runtime: 'command', limits: { memory_mb: 512 } });
  assert.deepEqual(does([good('alice', smaller)], [running('alice')]), ['alice:end', 'alice:place', 'alice:start']);
});

test('a container that is gone is started again, but not before its pause is over', () => {
  assert.deepEqual(does([good('alice')], [running('alice', { session: null })]), ['alice:start']);
  assert.deepEqual(does([good('alice')], [running('alice', { session: null, mayStart: false })]), []);
});

test('a session without a container is ended before a new one starts', () => {
  const lost = running('alice', { session: { id: 7, container: false } });
  assert.deepEqual(does([good('alice')], [lost]), ['alice:forget', 'alice:start']);
});

test('while the forge cannot be read, what is recorded is kept up and nobody is retired', () => {
  const actual = [running('alice', { session: null, account: false }), running('bob')];
  assert.deepEqual(does(null, actual), ['alice:start']);
});

/** What a step changes, as the planner sees it. */
function apply(step: Step, world: Map<string, ActualAgent>): void {
  const empty: ActualAgent = {
    ...running(step.agent),
    record: null,
    account: false,
    folders: false,
    socket: false,
    session: null,
  };
  const agent = world.get(step.agent) ?? empty;
  const record = agent.record ?? { config: CONFIG, prompt: '', failure: null, deployed: false, stopped: false };
  const changed: { [D in Step['do']]: (step: Extract<Step, { do: D }>) => Partial<ActualAgent> } = {
    place: ({ config, prompt }) => ({ record: { ...record, config, prompt, failure: null, deployed: true } }),
    blame: ({ problem }) => ({ record: { ...record, failure: problem } }),
    account: () => ({ account: true }),
    folders: () => ({ folders: true }),
    socket: () => ({ socket: true }),
    end: () => ({ session: null }),
    forget: () => ({ session: null }),
    start: () => ({ session: { id: 99, container: true } }),
    retire: () => ({ record: null }),
  };
  const change = changed[step.do] as (step: Step) => Partial<ActualAgent>;
  world.set(step.agent, { ...agent, ...change(step) });
}

const anyConfig = fc.constantFrom(
  CONFIG,
  agentConfig.parse({ runtime: 'command', limits: { cpu_percent: 50 } }),
  agentConfig.parse({ runtime: 'claude', model: 'sonnet' }),
);
const anyDesired = fc.record({
  config: fc.option(anyConfig, { freq: 4 }),
  prompt: fc.constantFrom('', 'Be brief.'),
});
const anyActual = fc.record({
  record: fc.option(
    fc.record({
      config: anyConfig,
      prompt: fc.constantFrom('', 'Be brief.'),
      failure: fc.constantFrom(null, 'bad yaml'),
      deployed: fc.boolean(),
      stopped: fc.boolean(),
    }),
  ),
  account: fc.boolean(),
  folders: fc.boolean(),
  socket: fc.boolean(),
  session: fc.option(fc.record({ id: fc.nat(), container: fc.boolean() })),
  mayStart: fc.boolean(),
});

test('planning again after execution gives nothing, whatever there was', () => {
  const worlds = fc.record({
    desired: fc.option(fc.dictionary(fc.constantFrom(...NAMES), anyDesired), { freq: 5 }),
    actual: fc.dictionary(fc.constantFrom(...NAMES), anyActual),
  });
  fc.assert(
    fc.property(worlds, ({ desired, actual }) => {
      const wanted: Desired | null = desired && {
        commit: 'c2',
        agents: Object.entries(desired).map(([name, { config, prompt }]) => ({
          name,
          config,
          prompt,
          problem: config ? null : 'bad yaml',
        })),
        strangers: [],
      };
      const world = new Map(Object.entries(actual).map(([name, agent]) => [name, { name, ...agent }]));
      for (const step of plan(wanted, [...world.values()])) apply(step, world);
      assert.deepEqual(plan(wanted, [...world.values()]), []);
    }),
    { numRuns: 2000 },
  );
});
