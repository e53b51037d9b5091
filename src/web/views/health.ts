import type { Overview } from './needs.ts';
import { personView } from './person.ts';
import type { PersonView } from './person.ts';
import { compact, oneLine } from './text.ts';

/** Spend and health of the hive. */
export interface HealthView {
  tokens: string;
  tokensExact: string;
  /** Who used them, most first; `share` of 100. */
  spenders: { person: PersonView; tokens: string; share: number }[];
  forge: { word: string; tone: string; icon: string; detail: string };
  forgeUrl: string;
  agentsUrl: string;
  /** What this machine cannot enforce. */
  limits: string[];
}

const FORGE = {
  up: { word: 'up', tone: 'good', icon: 'check' },
  starting: { word: 'starting', tone: 'quiet', icon: 'loader' },
  down: { word: 'down', tone: 'bad', icon: 'triangle-alert' },
};
const SPENDERS_SHOWN = 5;

/** Spend today and what is up, from one read of the hive. */
export function healthView(overview: Overview): HealthView {
  const total = Math.max(1, overview.tokens_today);
  const spenders = overview.agents
    .filter((agent) => agent.tokens_today > 0)
    .toSorted((a, b) => b.tokens_today - a.tokens_today)
    .slice(0, SPENDERS_SHOWN);
  return {
    tokens: compact(overview.tokens_today),
    tokensExact: overview.tokens_today.toLocaleString('en'),
    spenders: spenders.map((agent) => ({
      person: personView(agent.name),
      tokens: compact(agent.tokens_today),
      share: Math.round((agent.tokens_today / total) * 100),
    })),
    forge: { ...FORGE[overview.forge.state], detail: oneLine(overview.forge.detail, 160) },
    forgeUrl: overview.urls.forge,
    agentsUrl: `${overview.urls.forge}/hive/agents`,
    limits: overview.limits.map((limit) => oneLine(limit, 200)),
  };
}
