import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Forge } from './api.ts';
import { findHead } from './client/repositories.ts';
import { commitAgentFolder, readAgentFolders } from './git/agent-folders.ts';
import { checkedOut, checkOut } from './git/checkout.ts';
import { mirrorFolder, openMirror } from './git/mirror.ts';
import type { Mirror } from './git/mirror.ts';
import type { ForgeLayout } from './layout.ts';
import { AGENTS, DOCS } from './pages.ts';
import { OPERATOR } from './seed/people.ts';
import type { ForgeSession } from './session.ts';

/** What {@link createContent} needs. */
export interface ContentOptions {
  layout: ForgeLayout;
  url: string;
  clock: Clock;
  log: Logger;
  session(): Promise<ForgeSession>;
}

const PERSON = { name: OPERATOR, email: `${OPERATOR}@hive.invalid` };

/** What the hive reads from and writes to repositories as git objects. */
export function createContent(options: ContentOptions): Pick<Forge, 'readAgents' | 'commitAgent' | 'syncDocs'> {
  const { layout, url, clock, session } = options;
  const open = (repository: string): Mirror =>
    openMirror({
      gitdir: mirrorFolder(layout.mirror, repository),
      url: `${url}/${repository}.git`,
      credential: async () => (await session()).operator,
    });
  const agents = open(AGENTS);
  const docs = open(DOCS);
  return {
    readAgents: async () => {
      await session();
      return readAgentFolders(agents);
    },
    commitAgent: async (name, files, message) => {
      await session();
      return commitAgentFolder(agents, { name, files, message, author: PERSON, at: Math.floor(clock.now() / 1000) });
    },
    syncDocs: (dir) => docs.alone(() => syncDocs(options, docs, dir)),
  };
}

async function syncDocs({ log, session }: ContentOptions, docs: Mirror, dir: string): Promise<string> {
  const before = await checkedOut(dir);
  try {
    const { gitea } = await session();
    const [owner, name] = DOCS.split('/') as [string, string];
    if (before?.whole && (await findHead(gitea, owner, name, 'main')) === before.commit) return before.commit;
    const commit = await docs.fetch();
    if (commit === undefined) throw new Error(`${DOCS} is empty`);
    const left = await checkOut(docs, commit, dir);
    if (left.length > 0) log.warn({ commit, left: left.slice(0, 20) }, 'docs hold what agents do not get');
    return commit;
  } catch (err) {
    if (before === undefined) throw err;
    log.warn({ err }, 'docs stay as they were');
    return before.commit;
  }
}
