import { flushCompileCache } from 'node:module';
import type { Logger } from 'pino';
import { keptCode } from '#src/lib/kept-code.ts';
import type { Agents } from '../agents/api.ts';
import type { Forge } from '../forge/api.ts';

/** How far the hive has come since its daemon started. */
export interface Progress {
  /** The forge is seeded, the skills are there and hive/agents was applied once. */
  managed: boolean;
}

/** What comes up once the sockets are open. */
export interface ComeUpDeps {
  agents: Pick<Agents, 'restore' | 'docsChanged' | 'reconcile'>;
  forge: Pick<Forge, 'ready'>;
  progress: Progress;
  log: Logger;
  /** Told last: what it does costs time that nobody then waits for. */
  install: { begin(): void };
}

/** Takes up running containers at once, then waits for the forge, fetches the skills and applies hive/agents. A forge that does not come up leaves known agents running. */
export async function comeUp(
  { agents, forge, progress, log, install }: ComeUpDeps,
  signal: AbortSignal,
): Promise<void> {
  await agents.restore();
  await keepCompiled(log);
  try {
    await forge.ready(signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  await agents
    .docsChanged()
    .catch((error: unknown) => log.error({ err: error }, 'org-shared/docs could not be fetched'));
  await agents.reconcile('the forge is up');
  progress.managed = true;
  log.info('the hive is up');
  install.begin();
}

/** Without it whatever follows a daemon that is killed now compiles everything again: Node keeps what is not in the bundle at an orderly exit only. */
async function keepCompiled(log: Logger): Promise<void> {
  flushCompileCache();
  if (!keptCode.lacking) return;
  await keptCode.keep().catch((err: unknown) => log.warn({ err }, 'what was compiled could not be kept'));
}
