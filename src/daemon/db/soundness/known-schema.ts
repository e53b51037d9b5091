import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The schema after so many migrations, statement by statement. */
export interface KnownSchema {
  number: number;
  statements: string[];
}

/** The committed dump beside a folder of `migrations` numbered steps, if there is one. */
export function readKnownSchema(migrationsDir: string, migrations: number): KnownSchema | undefined {
  const dump = join(migrationsDir, '../schema.sql');
  if (!existsSync(dump)) return undefined;
  return { number: migrations, statements: statementsOf(readFileSync(dump, 'utf8')) };
}

/** Cuts a dump into its statements. */
export function statementsOf(dump: string): string[] {
  return dump
    .trimEnd()
    .split(/;\n\n|;$/)
    .filter(Boolean);
}
