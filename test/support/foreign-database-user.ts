import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Another process with the database open, such as an operator's `sqlite3`: it runs `sql` and keeps its transaction open until it is disposed. */
export interface ForeignUser extends AsyncDisposable {
  pid: number;
}

const PROGRAM = `
  import Sqlite from 'better-sqlite3';
  const db = new Sqlite(process.argv[1], { timeout: 5000 });
  for (const sql of process.argv.slice(2)) {
    const statement = db.prepare(sql);
    if (statement.reader) statement.all();
    else statement.run();
  }
  process.stdout.write('ready');
  process.stdin.resume().once('end', () => process.exit());
`;

/** Starts a {@link ForeignUser} and waits until it has run everything. */
export async function startForeignUser(file: string, sql: string[]): Promise<ForeignUser> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, file, ...sql], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
