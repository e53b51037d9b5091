import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClaudeSession } from './launch.ts';

const FILE = 'claude-session.json';
const stored = z.object({ id: z.uuid() });

/** The session to go on with; a new one when there is none. */
export function currentSession(folder: string): ClaudeSession {
  try {
    return { id: stored.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).id, resume: true };
  } catch {
    return { id: randomUUID(), resume: false };
  }
}

/** Remembers a session that the CLI has begun. */
export function rememberSession(folder: string, id: string): void {
  const draft = join(folder, `.${FILE}.new`);
  writeFileSync(draft, JSON.stringify({ id }), { flush: true });
  renameSync(draft, join(folder, FILE));
}

/** The next start begins a new session. */
export function forgetSession(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}
