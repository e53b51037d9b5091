import { parse } from 'yaml';
import { problemsOf } from '#src/lib/shape-problems.ts';
import { type AgentConfig, agentConfig, type AgentFolder } from '#src/protocol/agent-config.ts';
import { agentNameProblem } from '#src/protocol/names.ts';

/** What main of hive/agents says of one agent: a configuration, or what is wrong with its folder. */
export interface DesiredAgent {
  name: string;
  config: AgentConfig | null;
  prompt: string;
  problem: string | null;
}

/** Everything that main of hive/agents says; folders with impossible names are left out and listed. */
export interface Desired {
  commit: string;
  agents: DesiredAgent[];
  /** Folders that cannot be agents, each with why. */
  strangers: string[];
}

/** Judges the folders of one commit. A broken one never spoils the others. */
export function desiredState(commit: string, folders: readonly AgentFolder[]): Desired {
  const problemOf = new Map(folders.map((folder) => [folder, agentNameProblem(folder.name)]));
  return {
    commit,
    agents: folders.filter((folder) => problemOf.get(folder) === undefined).map(judge),
    strangers: [...problemOf.values()].filter((problem) => problem !== undefined),
  };
}

function judge({ name, yaml, prompt, problem }: AgentFolder): DesiredAgent {
  const broken = (why: string): DesiredAgent => ({
    name,
    config: null,
    prompt,
    problem: `hive/agents/${name}: ${why}`,
  });
  if (problem !== undefined) return broken(problem);
  let value: unknown;
  try {
    value = parse(yaml, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    return broken(`agent.yaml is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const parsed = agentConfig.safeParse(value);
  if (parsed.success) return { name, config: parsed.data, prompt, problem: null };
  return broken(`agent.yaml: ${problemsOf(agentConfig, value).join('; ')}`);
}
