import { agentConfig } from '#src/protocol/agent-config.ts';
import type { Broker } from '../broker/api.ts';
import type { Containers } from '../containers/api.ts';
import type { Edge } from '../edge/api.ts';
import type { Forge } from '../forge/api.ts';
import { markRemoved, setFailure, setForgeUser } from './agent-store.ts';
import type { Sockets } from './deps.ts';
import type { Lives } from './lives.ts';
import type { Step } from './plan.ts';
import type { Roster } from './roster.ts';

/** What steps are carried out with. */
export interface StepDeps {
  roster: Roster;
  lives: Lives;
  sockets: Sockets;
  broker: Pick<Broker, 'agentRemoved'>;
  containers: Pick<Containers, 'ensureFolders'>;
  edge: Pick<Edge, 'cut'>;
  forge: Pick<Forge, 'ensureAgent' | 'removeAgent'>;
  /** What its harness runs turns with has changed. */
  configured(agent: string): void;
}

type Executors = { [D in Step['do']]: (step: Extract<Step, { do: D }>, deps: StepDeps) => Promise<void> };

/** How each kind of step is carried out; every one may be repeated after a crash in the middle. */
const executors: Executors = {
  async place({ agent, config, prompt, commit }, { roster, configured }) {
    const what = roster.find(agent)?.removedAt === null ? 'configured' : 'added';
    await roster.place({ name: agent, config, prompt, commit, failure: null }, what);
    configured(agent);
  },
  async blame({ agent, problem, isNew }, { roster }) {
    if (isNew) {
      await roster.place(
        { name: agent, config: agentConfig.parse({}), prompt: '', commit: '', failure: problem },
        'added',
      );
    } else {
      await roster.update(agent, 'failed', (db, now) => setFailure(db, agent, problem, now));
    }
  },
  async account({ agent }, { roster, forge }) {
    const id = await forge.ensureAgent(agent);
    await roster.update(agent, null, (db) => setForgeUser(db, agent, id));
  },
  async folders({ agent }, { roster, containers }) {
    await containers.ensureFolders(agent, roster.get(agent).uid);
  },
  async socket({ agent }, { roster, sockets }) {
    await sockets.open(agent, roster.get(agent).uid);
  },
  async end({ agent, session, why }, { lives }) {
    await lives.end(agent, session, why, true);
  },
  async forget({ session }, { lives }) {
    await lives.forget(session, 'stopped');
  },
  async start({ agent }, { roster, lives }) {
    await lives.start(roster.get(agent));
  },
  async retire({ agent }, { roster, sockets, broker, edge, forge }) {
    edge.cut(agent);
    await sockets.close(agent);
    await forge.removeAgent(agent, false);
    await roster.update(agent, 'removed', (db, now) => {
      setForgeUser(db, agent, null);
      markRemoved(db, agent, now);
    });
    await broker.agentRemoved(agent);
  },
};

/** Carries out one step. */
export async function execute(step: Step, deps: StepDeps): Promise<void> {
  const executor = executors[step.do] as (step: Step, deps: StepDeps) => Promise<void>;
  await executor(step, deps);
}
