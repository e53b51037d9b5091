import { chmod, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFileLock } from '#src/lib/file-lock.ts';
import { openBuilder } from '../builder/builder.ts';
import { makeCacheFolder } from '../cache-folder.ts';
import { fillCache } from '../cached-program.ts';
import { SetupFailure } from '../failure.ts';
import { buildGitea, readExtraSums } from '../gitea/build.ts';
import { downloadChecked } from '../gitea/download.ts';
import { cacheFolders, type FoundGitea, findOnPath, findOperators, findOwn } from '../gitea/find.ts';
import { GITEA_VERSION, GO_FLOOR } from '../gitea/recipe.ts';
import { canBuild, findGo, type GoToolchain } from '../gitea/toolchain.ts';
import { giteaVersion } from '../gitea/version.ts';
import { requireSpace } from '../space.ts';
import type { Step, StepContext } from '../step.ts';

const SAID: Record<FoundGitea['source'], string> = {
  operator: 'the one that was set',
  host: 'found on PATH',
  built: 'built from its source',
  downloaded: 'the official release',
};

/** Finds or makes the forge (DESIGN §8): operator's, PATH's, cached, built, downloaded. */
export const giteaStep: Step = {
  name: 'gitea',
  title: `Gitea ${GITEA_VERSION}`,
  async run(context) {
    const { config, result } = context;
    const gitea =
      config.gitea === null ? await findOrMake(context) : await findOperators(config.gitea, config.builderUid);
    result.gitea = gitea;
    return `${gitea.version}, ${SAID[gitea.source]}: ${gitea.path}`;
  },
};

async function findOrMake(context: StepContext): Promise<FoundGitea> {
  const { config, progress, signal } = context;
  const onPath = await findOnPath(config);
  if (onPath.found) return onPath.found;
  if (onPath.remark) progress(onPath.remark);
  const folders = cacheFolders(config.cache, await readExtraSums());
  const cached = await findOwn(folders);
  if (cached) return cached;
  makeCacheFolder(config.cache);
  const find = async (): Promise<FoundGitea> => (await findOwn(folders)) ?? make(context, folders);
  return withFileLock(join(config.cache, 'gitea.lock'), find, signal);
}

async function make(context: StepContext, folders: ReturnType<typeof cacheFolders>): Promise<FoundGitea> {
  const { config, progress } = context;
  const toolchain = config.giteaFrom === 'download' ? null : await findGo(config.env);
  if (toolchain && canBuild(toolchain)) return build(context, folders.built, toolchain);
  const reason = toolchain ? `Go ${toolchain.version} is older than ${GO_FLOOR}` : 'there is no Go';
  if (config.giteaFrom === 'build') {
    throw new SetupFailure(`cannot build Gitea: ${reason}`, {
      fix: [`Install Go ${GO_FLOOR} or newer, or unset HIVE_GITEA_FROM.`],
    });
  }
  progress(`${reason}: fetching the official release`);
  return download(context, folders.downloaded);
}

async function build(context: StepContext, dir: string, toolchain: GoToolchain): Promise<FoundGitea> {
  const { config, progress, signal } = context;
  const { cache, builderUid: uid, env } = config;
  const alternatives = [
    'HIVE_GITEA_FROM=download fetches the official release instead of building it.',
    'HIVE_GITEA=/path/to/gitea uses a program of your own.',
  ];
  await using builder = await openBuilder({ cache, uid, name: `gitea-${GITEA_VERSION}`, env, alternatives, signal });
  await requireSpace(dirname(builder.home), 4500);
  const extraSums = await readExtraSums();
  const made = await fillCache({ dir, name: 'gitea' }, { version: GITEA_VERSION, source: 'built' }, async (target) => {
    const file = await buildGitea({ builder, toolchain, extraSums, env, progress });
    await builder.copyOut(file, target);
    await checkVersion(context, target, builder.log);
  });
  await builder.clear();
  return { path: made.path, version: made.version, source: 'built' };
}

async function download(context: StepContext, dir: string): Promise<FoundGitea> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `${context.config.giteaReleases}/${GITEA_VERSION}/gitea-${GITEA_VERSION}-linux-${arch}`;
  const part = `${dir}.part`;
  await mkdir(dirname(part), { recursive: true, mode: 0o755 });
  await requireSpace(dirname(part), 200);
  const made = await fillCache(
    { dir, name: 'gitea' },
    { version: GITEA_VERSION, source: 'downloaded' },
    async (target) => {
      await downloadChecked(url, part, context);
      await rename(part, target);
      await checkVersion(context, target);
    },
  );
  return { path: made.path, version: made.version, source: 'downloaded' };
}

async function checkVersion({ config }: StepContext, path: string, log?: string): Promise<void> {
  await chmod(path, 0o755);
  const version = await giteaVersion(path, config.builderUid);
  if (version === GITEA_VERSION) return;
  throw new SetupFailure(`the new Gitea says it is ${version ?? 'nothing at all'}, not ${GITEA_VERSION}: refused`, {
    fix: ['HIVE_GITEA=/path/to/gitea uses a program of your own.'],
    ...(log !== undefined && { log }),
  });
}
