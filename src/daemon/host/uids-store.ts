import type { Database } from 'better-sqlite3';
import type { Service } from './api.ts';

/** The uid recorded for `service`, or null. */
export function findServiceUid(db: Database, service: Service): number | null {
  const row = db.prepare('SELECT uid FROM service_uids WHERE service = ?').get(service) as { uid: number } | undefined;
  return row?.uid ?? null;
}

/** Records `uid` for `service`. */
export function insertServiceUid(db: Database, service: Service, uid: number): void {
  db.prepare('INSERT INTO service_uids (service, uid) VALUES (?, ?)').run(service, uid);
}

/** The highest uid ever given to an agent or a service, or null. Rows of removed agents stay, so none comes twice. */
export function highestUid(db: Database): number | null {
  const row = db
    .prepare('SELECT max(uid) AS highest FROM (SELECT uid FROM agents UNION ALL SELECT uid FROM service_uids)')
    .get() as { highest: number | null };
  return row.highest;
}
