import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { waitUntil } from '../wait.ts';
import type { AgentsPlace } from './agents.ts';

/** Waits until the agent's container runs. */
export async function ready(place: AgentsPlace, agent: string): Promise<void> {
  await waitUntil(`${agent} to be ready`, () => existsSync(place.state(agent, 'ready')));
}

/** Runs a script inside an agent's running container and answers what it printed. */
export async function inside(place: AgentsPlace, agent: string, script: string): Promise<string> {
  await ready(place, agent);
  order(place, agent, script);
  const answer = place.state(agent, 'answer');
  await waitUntil(`an answer of ${agent}`, () => existsSync(answer));
  const said = readFileSync(answer, 'utf8');
  rmSync(answer);
  return said;
}

/** Lets an agent's container end by itself. */
export function leave(place: AgentsPlace, agent: string, code: number): void {
  order(place, agent, `exit ${code}`);
}

function order(place: AgentsPlace, agent: string, script: string): void {
  const path = place.state(agent, 'script');
  writeFileSync(`${path}.new`, script, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}
