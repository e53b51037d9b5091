import type { Writer } from '../db/api.ts';
import { findHead } from './client/repositories.ts';
import { findSeenHead } from './heads-store.ts';
import { AGENTS, DOCS } from './pages.ts';
import type { ForgeSession } from './session.ts';

/** Tells of pushes to the hive's own repositories whose webhook went missing (FACTS/gitea, result 8); `moved` gets repository and commit. */
export async function catchUpHeads(
  { gitea }: ForgeSession,
  writer: Writer,
  moved: (repository: string, commit: string) => Promise<void>,
): Promise<void> {
  for (const repository of [AGENTS, DOCS]) {
    const [owner = '', name = ''] = repository.split('/');
    const head = await findHead(gitea, owner, name, 'main');
    if (head !== undefined && head !== writer.read((db) => findSeenHead(db, repository))) await moved(repository, head);
  }
}
