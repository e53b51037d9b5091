import type { Core } from './core.ts';

/** Lets go of work that nobody waits for. What fails is logged as `problem` with what it is `about`, unless the hive stopped meanwhile: then the next start does the rest. */
export function inBackground(
  core: Core,
  work: Promise<unknown>,
  problem: string,
  about: Record<string, unknown> = {},
): void {
  work.catch((error: unknown) => {
    if (!core.stopped) core.log.error({ err: error, ...about }, problem);
  });
}
