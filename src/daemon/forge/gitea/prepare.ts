import { access, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import type { GiteaLaunch } from './launch.ts';
import { ensureSecretFiles } from './secret-files.ts';
import { checkedVersion } from './version.ts';
import { writeConfig } from './write-config.ts';
import type { ForgeSettings } from './write-config.ts';

/** Everything Gitea needs on disk is there and its binary is new enough; answers the version. Repeatable. */
export async function prepareGitea(launch: GiteaLaunch, settings: ForgeSettings): Promise<string> {
  const { layout, binary, host } = launch;
  const own = launch.uid === null ? {} : { uid: launch.uid };
  await access(binary).catch((cause: unknown) => {
    throw new HiveError('invalid', `there is no Gitea at ${binary}: run \`hive up\`, which brings it`, { cause });
  });
  await mkdir(dirname(layout.log), { recursive: true });
  host.ensureFolder(layout.root, { mode: 0o711 });
  host.ensureFolder(layout.conf, { mode: 0o755 });
  host.ensureFolder(layout.mirror, { mode: 0o700 });
  for (const folder of [layout.work, layout.tmp, layout.secrets]) host.ensureFolder(folder, { ...own, mode: 0o700 });
  await writeConfig(layout, settings);
  const version = await checkedVersion(launch);
  await ensureSecretFiles(launch);
  return version;
}
