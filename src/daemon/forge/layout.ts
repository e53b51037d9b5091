import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Secrets } from '../secrets.ts';

/** Where the forge's files are on the host. `work`, `tmp` and `secrets` belong to Gitea's user, everything else to the daemon. */
export interface ForgeLayout {
  /** Parent of `work`, `tmp` and `conf`. */
  root: string;
  /** Gitea's database and repositories. */
  work: string;
  tmp: string;
  /** app.ini and the custom look; read-only for Gitea. */
  conf: string;
  /** Gitea's own secret files. */
  secrets: string;
  /** The daemon's object mirrors of hive/agents and org-shared/docs. */
  mirror: string;
  log: string;
  templates: string;
  seed: string;
}

/** The same folders as Gitea sees them in its sandbox: they do not depend on where the home is. */
export const INSIDE = {
  binary: '/opt/gitea/gitea',
  work: '/forge/work',
  tmp: '/forge/tmp',
  conf: '/forge/conf',
  secrets: '/forge/secrets',
} as const;

/** The forge's places below the hive's home and installation. */
export function forgeLayout(config: Pick<Config, 'home' | 'install'>, secrets: Pick<Secrets, 'dir'>): ForgeLayout {
  const root = join(config.home, 'forge');
  return {
    root,
    work: join(root, 'work'),
    tmp: join(root, 'tmp'),
    conf: join(root, 'conf'),
    secrets: join(secrets.dir, 'forge'),
    mirror: join(config.home, 'forge-mirror'),
    log: join(config.home, 'logs', 'forge.log'),
    templates: join(config.install, 'templates', 'forge'),
    seed: join(config.install, 'forge-seed'),
  };
}
