import type { Forge } from './api.ts';

/** Repositories the hive itself reads and writes, as "organisation/name". */
export const AGENTS = 'hive/agents';

/** Repository with what every agent inherits. */
export const DOCS = 'org-shared/docs';

/** Repository whose issues are the asks. */
export const THREADS = 'org-shared/threads';

/** Addresses of the forge's pages. */
export function forgePages(url: string): Forge['pages'] {
  return {
    agent: (name) => `${url}/${name}`,
    issue: (number) => `${url}/${THREADS}/issues/${number}`,
    threads: () => `${url}/${THREADS}/issues`,
    agents: () => `${url}/${AGENTS}`,
  };
}
