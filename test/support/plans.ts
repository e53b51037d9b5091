import type { Database } from 'better-sqlite3';

/** How SQLite finds the rows of each statement that `act` runs, in order: the steps of its query plan, those of foreign keys included. */
export function plansOf(db: Database, act: (db: Database) => void): string[][] {
  const plans: string[][] = [];
  const explain = (sql: string, values: unknown[]): void => {
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
    plans.push(steps.map(({ detail }) => detail));
  };
  act(
    wrapped(db, 'prepare', (prepare, [sql]) =>
      ['all', 'get', 'run'].reduce(
        (statement, run) =>
          wrapped(statement, run, (original, values) => {
            explain(sql as string, values);
            return original(...values);
          }),
        prepare(sql) as object,
      ),
    ),
  );
  return plans;
}

/** `target` with another function in the place of its method `name`; the function gets the method and what it is called with. */
function wrapped<T extends object>(
  target: T,
  name: string,
  instead: (original: (...values: unknown[]) => unknown, values: unknown[]) => unknown,
): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== 'function') return value;
      const original = value.bind(object) as (...values: unknown[]) => unknown;
      return key === name ? (...values: unknown[]) => instead(original, values) : original;
    },
  });
}
