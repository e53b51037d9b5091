import { join } from 'node:path';
import { containerRecords } from '#src/protocol/home.ts';
import type { Config } from '../config.ts';

/** Where the hive keeps agents' things (DESIGN §11). */
export interface Paths {
  agents: string;
  agent(name: string): string;
  state(name: string): string;
  harness(name: string): string;
  shared: string;
  docs: string;
  logs: string;
  agentLogs: string;
  log(name: string): string;
  records: string;
  record(id: string): string;
  sockets: string;
  socketFolder(name: string): string;
}

/** The paths of one home; `agent` names are already judged. */
export function containerPaths({ home, run }: Pick<Config, 'home' | 'run'>): Paths {
  const agents = join(home, 'agents');
  const logs = join(home, 'logs');
  const agentLogs = join(logs, 'agents');
  const records = containerRecords(home);
  const sockets = join(run, 'agents');
  return {
    agents,
    agent: (name) => join(agents, name),
    state: (name) => join(agents, name, 'state'),
    harness: (name) => join(agents, name, 'harness'),
    shared: join(home, 'shared'),
    docs: join(home, 'docs'),
    logs,
    agentLogs,
    log: (name) => join(agentLogs, `${name}.log`),
    records,
    record: (id) => join(records, id),
    sockets,
    socketFolder: (name) => join(sockets, name),
  };
}
