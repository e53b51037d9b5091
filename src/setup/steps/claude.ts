import { join } from 'node:path';
import { withFileLock } from '#src/lib/file-lock.ts';
import { type Builder, openBuilder } from '../builder/builder.ts';
import { makeCacheFolder } from '../cache-folder.ts';
import { type CachedProgram, fillCache, findCached } from '../cached-program.ts';
import { CLAUDE_PACKAGES, CLAUDE_VERSION } from '../claude-package.ts';
import { SetupFailure } from '../failure.ts';
import { installPinned, prepareNpm } from '../npm.ts';
import { requireSpace } from '../space.ts';
import type { Step, StepContext } from '../step.ts';

/** Brings the Claude Code CLI: its native binary from the pinned npm package, of which no script runs. */
export const claudeStep: Step = {
  name: 'claude',
  title: `Claude Code ${CLAUDE_VERSION}`,
  async run(context) {
    const { config, result, signal } = context;
    const dir = join(config.cache, 'claude', `${CLAUDE_VERSION}-${process.arch}`);
    makeCacheFolder(config.cache);
    const find = async (): Promise<CachedProgram> => (await findCached(dir, 'claude')) ?? fetchClaude(context, dir);
    const program = await withFileLock(join(config.cache, 'claude.lock'), find, signal);
    result.claude = { path: program.path, dir: program.dir, version: program.version };
    return `${program.version}: ${program.path}`;
  },
};

async function fetchClaude({ config, progress, signal }: StepContext, dir: string): Promise<CachedProgram> {
  const pinned = CLAUDE_PACKAGES[process.arch];
  if (!pinned)
    throw new SetupFailure(`there is no Claude Code for ${process.arch}`, { fix: ['Use a host with x64 or arm64.'] });
  await requireSpace(config.cache, 1500);
  const { cache, builderUid: uid, env } = config;
  await using builder = await openBuilder({ cache, uid, name: 'claude', env, alternatives: [], signal });
  progress('fetching 185 MB');
  const home = join(builder.home, 'claude');
  await installPinned(builder, { npm: await prepareNpm(builder, env), dir: home, pinned });
  const file = join(home, 'node_modules', pinned.name, 'claude');
  const made = await fillCache({ dir, name: 'claude' }, { version: CLAUDE_VERSION, source: 'downloaded' }, (target) =>
    takeOut(builder, file, target),
  );
  await builder.clear();
  return made;
}

async function takeOut(builder: Builder, file: string, target: string): Promise<void> {
  const said = await builder.run(file, ['--version']);
  if (!said.startsWith(CLAUDE_VERSION)) {
    throw new SetupFailure(
      `the new Claude Code says it is ${said || 'nothing at all'}, not ${CLAUDE_VERSION}: refused`,
      {
        log: builder.log,
        fix: ['Run the same command again.'],
      },
    );
  }
  await builder.copyOut(file, target);
}
