import { HiveError } from '#src/lib/errors.ts';
import { sha256 } from '#src/lib/sha256.ts';
import type { Core } from '../core.ts';
import { findCurrentSession, insertSession } from '../stores/session-store.ts';
import { reachChanges } from './reach.ts';
import { expect } from './watch.ts';

/** Records the session of a container that is about to start; its harness must say hello in time. */
export function openSession(core: Core, agent: string, nonce: string): Promise<number> {
  return core.writer.write(agent, (tx) => {
    const current = findCurrentSession(tx.db, agent);
    if (current)
      throw new HiveError('conflict', `${agent} still has session ${current.id} (${current.state}): end it first`);
    const session = insertSession(tx.db, { agent, nonceHash: hashNonce(nonce), at: tx.now });
    reachChanges(core, tx, agent);
    const patience = core.settings.hello;
    tx.afterCommit(() =>
      expect(core, session, patience, () => `its harness said no hello within ${patience / 1000} s`),
    );
    return session;
  });
}

/** Only this is stored of a nonce. */
export function hashNonce(nonce: string): string {
  return sha256(nonce);
}
