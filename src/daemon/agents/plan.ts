import { isDeepStrictEqual } from 'node:util';
import type { AgentConfig } from '#src/protocol/agent-config.ts';
import type { Desired, DesiredAgent } from './desired.ts';

/** What there is of one agent right now. */
export interface ActualAgent {
  name: string;
  /** Its row; null when it was never added or is removed. */
  record: {
    config: AgentConfig;
    prompt: string;
    failure: string | null;
    /** A good configuration was deployed at least once. */
    deployed: boolean;
    stopped: boolean;
  } | null;
  account: boolean;
  folders: boolean;
  socket: boolean;
  /** The session that is not ended, and whether its container is recorded as running. */
  session: { id: number; container: boolean } | null;
  /** False while a start would come too early after the last one failed. */
  mayStart: boolean;
}

/** One thing to do for one agent. */
export type Step = { agent: string } & (
  | { do: 'place'; config: AgentConfig; prompt: string; commit: string }
  | { do: 'blame'; problem: string; commit: string; isNew: boolean }
  | { do: 'account' }
  | { do: 'folders' }
  | { do: 'socket' }
  | { do: 'end'; session: number; why: 'stopped' | 'replaced' }
  | { do: 'forget'; session: number }
  | { do: 'start' }
  | { do: 'retire' }
);

/** Settings that a running container cannot take over. */
const FIXED_AT_START = ['runtime', 'engine', 'limits'] as const;

/**
 * What is left to do so that what runs is what main of hive/agents says: pure, in the order in which it must be done, steps of different agents independent.
 * `desired` null = the forge cannot be read: the recorded state is kept up. Planning again after execution gives nothing.
 */
export function plan(desired: Desired | null, actual: readonly ActualAgent[]): Step[] {
  const byName = new Map(actual.map((agent) => [agent.name, agent]));
  if (desired === null)
    return actual.flatMap((agent) => (agent.record?.deployed ? upkeep({ ...agent, account: true }, agent.record) : []));
  const wanted = new Set(desired.agents.map(({ name }) => name));
  return [
    ...actual.filter(({ name }) => !wanted.has(name)).flatMap(retire),
    ...desired.agents.flatMap((agent) =>
      planAgent(agent, desired.commit, byName.get(agent.name) ?? absent(agent.name)),
    ),
  ];
}

function retire({ name, record, session }: ActualAgent): Step[] {
  const end: Step[] = session ? [endStep(name, session, 'stopped')] : [];
  return record || session ? [...end, ...(record ? [{ agent: name, do: 'retire' as const }] : [])] : [];
}

function planAgent(wanted: DesiredAgent, commit: string, actual: ActualAgent): Step[] {
  const { name } = wanted;
  const { record } = actual;
  if (wanted.config === null) {
    const problem = wanted.problem ?? 'the folder is broken';
    const known = record?.failure === problem;
    const blame: Step[] = known ? [] : [{ agent: name, do: 'blame', problem, commit, isNew: record === null }];
    return [...blame, ...(record?.deployed ? upkeep(actual, record) : [])];
  }
  const { config, prompt } = wanted;
  const same = record?.deployed && record.failure === null && isDeepStrictEqual({ config, prompt }, pick(record));
  if (same) return upkeep(actual, record);
  const place: Step = { agent: name, do: 'place', config, prompt, commit };
  const replaced = actual.session !== null && record !== null && !takesOver(record.config, config);
  const end: Step[] = replaced && actual.session ? [endStep(name, actual.session, 'replaced')] : [];
  const after = { ...actual, session: replaced ? null : actual.session };
  return [...end, place, ...upkeep(after, { stopped: record?.stopped ?? false })];
}

/** Account, folders, socket, and the one container that a started agent has. */
function upkeep(actual: ActualAgent, { stopped }: { stopped: boolean }): Step[] {
  const { name: agent, session } = actual;
  const steps: Step[] = [];
  if (!actual.account) steps.push({ agent, do: 'account' });
  if (!actual.folders) steps.push({ agent, do: 'folders' });
  if (!actual.socket) steps.push({ agent, do: 'socket' });
  const lost = session !== null && !session.container;
  if (session && (stopped || lost)) steps.push(endStep(agent, session, 'stopped'));
  if (!stopped && actual.mayStart && (session === null || lost)) steps.push({ agent, do: 'start' });
  return steps;
}

function endStep(agent: string, session: { id: number; container: boolean }, why: 'stopped' | 'replaced'): Step {
  return session.container
    ? { agent, do: 'end', session: session.id, why }
    : { agent, do: 'forget', session: session.id };
}

function takesOver(before: AgentConfig, after: AgentConfig): boolean {
  return FIXED_AT_START.every((key) => isDeepStrictEqual(before[key], after[key]));
}

function pick({ config, prompt }: { config: AgentConfig; prompt: string }): { config: AgentConfig; prompt: string } {
  return { config, prompt };
}

function absent(name: string): ActualAgent {
  return { name, record: null, account: false, folders: false, socket: false, session: null, mayStart: true };
}
