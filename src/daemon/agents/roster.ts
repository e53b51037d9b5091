import type { Database } from 'better-sqlite3';
import { HiveError } from '#src/lib/errors.ts';
import type { Writer } from '../db/api.ts';
import type { Uids } from '../host/api.ts';
import { findAgent, insertAgent, listAgents, type Placement, placeAgent, type StoredAgent } from './agent-store.ts';

/** The agents table with a copy in memory: rows are read often and change seldom. */
export class Roster {
  readonly #writer: Writer;
  readonly #uids: Pick<Uids, 'next'>;
  readonly #agents: Map<string, StoredAgent>;

  constructor(writer: Writer, uids: Pick<Uids, 'next'>) {
    this.#writer = writer;
    this.#uids = uids;
    this.#agents = new Map(writer.read(listAgents).map((agent) => [agent.name, agent]));
  }

  /** Agents that are not removed, by name. */
  all(): StoredAgent[] {
    return [...this.#agents.values()].filter((agent) => agent.removedAt === null);
  }

  /** Agents that were removed. */
  removed(): StoredAgent[] {
    return [...this.#agents.values()].filter((agent) => agent.removedAt !== null);
  }

  /** Also a removed one. */
  find(name: string): StoredAgent | undefined {
    return this.#agents.get(name);
  }

  /** Throws `not_found` naming the agents there are. */
  get(name: string): StoredAgent {
    const agent = this.#agents.get(name);
    if (agent && agent.removedAt === null) return agent;
    const names = this.all().map((known) => known.name);
    const there = names.length > 0 ? `choose from ${names.join(', ')}` : 'there are none yet';
    throw new HiveError('not_found', `no agent is called "${name}": ${there}`);
  }

  /** Throws the same unless there is or was such an agent. */
  expectKnown(name: string): void {
    if (!this.#agents.has(name)) this.get(name);
  }

  /** Adds an agent, or changes what the desired state says of it; `what` is published. */
  async place(placement: Omit<Placement, 'now'>, what: string): Promise<void> {
    await this.#change(placement.name, what, (db, now, tx) => {
      if (findAgent(db, placement.name)) placeAgent(db, { ...placement, now });
      else insertAgent(db, { ...placement, now, uid: this.#uids.next(tx) });
    });
  }

  /** Changes a row; `what` is published, null = not worth an event. */
  async update(name: string, what: string | null, change: (db: Database, now: number) => void): Promise<void> {
    await this.#change(name, what, change);
  }

  #change(
    name: string,
    what: string | null,
    change: (db: Database, now: number, tx: Parameters<Uids['next']>[0]) => void,
  ): Promise<void> {
    return this.#writer.write(name, (tx) => {
      change(tx.db, tx.now, tx);
      if (what !== null) tx.emit({ type: 'agent.changed', agent: name, what });
      const stored = findAgent(tx.db, name);
      tx.afterCommit(() => stored && this.#agents.set(name, stored));
    });
  }
}
