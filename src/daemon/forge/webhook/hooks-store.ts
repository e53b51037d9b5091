import type { Database } from 'better-sqlite3';

/** Notes a webhook delivery; false when it was noted before. */
export function noteDelivery(db: Database, delivery: string, at: number): boolean {
  const done = db.prepare('INSERT OR IGNORE INTO forge_hooks (delivery, at) VALUES (?, ?)').run(delivery, at);
  return done.changes === 1;
}

/** Forgets deliveries noted before `at`. */
export function forgetDeliveries(db: Database, at: number): void {
  db.prepare('DELETE FROM forge_hooks WHERE at < ?').run(at);
}
