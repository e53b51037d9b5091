import { HiveError } from '#src/lib/errors.ts';
import { findVersion, isAtLeast } from '#src/lib/version.ts';
import { INSIDE } from '../layout.ts';
import { runInForge } from './command.ts';
import type { GiteaLaunch } from './launch.ts';

/** Lowest Gitea the hive runs: below it, writers of a repository had ways to a shell (FACTS/gitea-build). */
export const GITEA_FLOOR = '1.27.3';

/** The binary's version; throws `invalid` for one below {@link GITEA_FLOOR}, with what to do. */
export async function checkedVersion(launch: GiteaLaunch): Promise<string> {
  const printed = await runInForge(launch, { argv: [INSIDE.binary, '--version'] });
  const version = findVersion(printed);
  if (version !== null && isAtLeast(version, GITEA_FLOOR)) return version;
  const found = `${launch.binary} is Gitea ${version ?? 'of an unknown version'}`;
  throw new HiveError(
    'invalid',
    `${found}, below the security floor ${GITEA_FLOOR}: update it or take it off PATH, then run \`hive up\` again`,
  );
}
