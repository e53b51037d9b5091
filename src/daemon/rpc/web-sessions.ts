import { randomBytes } from 'node:crypto';
import type { Clock } from '#src/lib/clock.ts';
import { sha256 } from '#src/lib/sha256.ts';
import type { Writer } from '../db/api.ts';
import type { WebSessions } from './api.ts';
import {
  deleteExpiredWebSessions,
  deleteWebSession,
  extendWebSession,
  findWebSession,
  insertWebSession,
  type WebSessionRow,
} from './web-sessions-store.ts';

const HOUR = 3_600_000;
/** A sign-in ends when it was not used for so long … */
const UNUSED_MS = 12 * HOUR;
/** … and in any case so long after it began. */
const LONGEST_MS = 7 * 24 * HOUR;
/** Use is written down at most this often. */
const EXTEND_EVERY_MS = HOUR;

/** Sign-ins of people; the database has only the tokens' hashes. */
export function createWebSessions({ writer, clock }: { writer: Writer; clock: Clock }): WebSessions {
  const watchers = new Map<string, Set<() => void>>();
  const extend = (row: WebSessionRow): void => {
    const expiresAt = Math.min(clock.now() + UNUSED_MS, row.created_at + LONGEST_MS);
    if (expiresAt - row.expires_at < EXTEND_EVERY_MS) return;
    writer.write('web', ({ db }) => extendWebSession(db, row.token_hash, expiresAt)).catch(() => undefined);
  };
  return {
    async create(subject, name) {
      const token = randomBytes(32).toString('base64url');
      const expiresAt = clock.now() + UNUSED_MS;
      await writer.write('web', ({ db, now }) => {
        deleteExpiredWebSessions(db, now);
        insertWebSession(db, { token_hash: sha256(token), subject, name, created_at: now, expires_at: expiresAt });
      });
      return { token, expiresAt };
    },
    resolve(token) {
      const row = writer.read((db) => findWebSession(db, sha256(token)));
      if (!row || row.expires_at <= clock.now()) return undefined;
      extend(row);
      return { subject: row.subject, name: row.name };
    },
    async end(token) {
      await writer.write('web', ({ db }) => deleteWebSession(db, sha256(token)));
      for (const listener of watchers.get(token) ?? []) listener();
    },
    onEnd(token, listener) {
      const listeners = watchers.get(token) ?? new Set();
      watchers.set(token, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) watchers.delete(token);
      };
    },
  };
}
