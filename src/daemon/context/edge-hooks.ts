import type { EdgeHooks } from '../edge/api.ts';
import { inBackground, type Parts } from './parts.ts';

/** What the edge needs from others. */
export function edgeHooks({ agents, broker, config, forge, log, logins, telemetry, urls }: Parts): EdgeHooks {
  return {
    mayReach: (agent) => broker().mayReach(agent),
    runningTurn: (agent) => broker().runningTurn(agent),
    forgeUrl: () => urls.forge,
    forgeCredential: (agent, fresh) => forge().credential(agent, fresh),
    egress: (agent) => agents().get(agent).config.egress,
    models: (agent) => {
      const { model } = agents().get(agent).config;
      return model === undefined ? [] : [model];
    },
    modelCredential: () => logins.credential(),
    modelUpstream: () => config.models.anthropic,
    refused: (agent, host, port, remedy) =>
      inBackground(log, 'record refused egress', telemetry.refused(agent, host, port, remedy)),
    used: (usage) => inBackground(log, 'record usage', telemetry.used(usage)),
  };
}
