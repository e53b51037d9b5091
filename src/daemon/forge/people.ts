import type { Writer } from '../db/api.ts';
import { findAgentByAccount, isAgent } from './agents-store.ts';

/** Who is who on the forge, by numeric id: names could be changed there. */
export interface People {
  /** An agent's name, or `operator`; undefined for everybody else. */
  nameOf(id: number): string | undefined;
  /** The agent's name, if the id is one's. */
  agentOf(id: number): string | undefined;
  isAgent(name: string): boolean;
  /** Remembers an agent's account that was just ensured. */
  metAgent(id: number, name: string): void;
  forgetAgent(name: string): void;
  /** Remembers the people who may act for the operator. */
  metOperators(operators: ReadonlyMap<number, string>): void;
}

/** Builds it over the agents table; accounts ensured in this run are known before their row says so. */
export function createPeople(writer: Writer): People {
  const agents = new Map<number, string>();
  let operators: ReadonlyMap<number, string> = new Map();
  const agentOf = (id: number): string | undefined => writer.read((db) => findAgentByAccount(db, id)) ?? agents.get(id);
  return {
    agentOf,
    nameOf: (id) => (operators.has(id) ? 'operator' : agentOf(id)),
    isAgent: (name) => writer.read((db) => isAgent(db, name)) || [...agents.values()].includes(name),
    metAgent: (id, name) => void agents.set(id, name),
    forgetAgent: (name) => {
      for (const [id, known] of agents) if (known === name) agents.delete(id);
    },
    metOperators: (met) => {
      operators = met;
    },
  };
}
