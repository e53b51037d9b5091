import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { goEnvironment } from '../builder/environment.ts';
import type { Builder } from '../builder/builder.ts';
import { SetupFailure } from '../failure.ts';
import { installPinned, prepareNpm } from '../npm.ts';
import type { Progress } from '../reporter.ts';
import { RECIPE } from './recipe.ts';
import type { GoToolchain } from './toolchain.ts';

/** Lines `go build -v` prints for a build from nothing (Go 1.26.8): only the progress bar depends on it. */
const PACKAGES = 1480;

/** What a build works with. */
export interface GiteaBuild {
  builder: Builder;
  toolchain: GoToolchain;
  extraSums: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
}

/** Sums of the modules that the recipe raises, in the form of `go.sum`. */
export async function readExtraSums(): Promise<string> {
  return readFile(new URL('extra.go.sum', import.meta.url), 'utf8');
}

/** Builds Gitea in the builder's home from the pinned Go module, about 4 minutes of CPU; returns the file there. */
export async function buildGitea(build: GiteaBuild): Promise<string> {
  const { builder, progress } = build;
  const source = join(builder.home, `gitea-${process.pid}`);
  await builder.run('find', [builder.home, '-maxdepth', '1', '-name', 'gitea-*', '-exec', 'rm', '-rf', '{}', '+']);
  const npm = await prepareNpm(builder, build.env);
  const go = await prepareGo(build);
  progress('fetching the source', 0.01);
  await prepareSource(build, go, source);
  progress('fetching what its pages are made with', 0.04);
  await buildPages(build, npm, source);
  progress('packing its pages and texts', 0.2);
  for (const folder of RECIPE.generate) {
    await builder.run(go, ['generate', '-tags', 'bindata', '.'], { cwd: join(source, folder) });
  }
  await compile(build, go, source);
  return join(source, 'gitea');
}

/** Makes the Go toolchain, with the caller's settings, usable for the builder; returns the path of its Go. */
async function prepareGo({ builder, toolchain, env }: GiteaBuild): Promise<string> {
  const bin = join(await builder.share(toolchain.root), 'bin');
  const places = { GOPATH: join(builder.home, 'go'), GOCACHE: join(builder.home, 'go-build') };
  builder.extend({ env: { ...(await goEnvironment(toolchain.go, env)), ...places, CGO_ENABLED: '0' }, path: bin });
  return join(bin, 'go');
}

async function prepareSource({ builder, extraSums }: GiteaBuild, go: string, source: string): Promise<void> {
  const answer = await builder.run(go, ['mod', 'download', '-json', `${RECIPE.module}@v${RECIPE.version}`]);
  const module = z.object({ Dir: z.string(), Sum: z.string() }).parse(JSON.parse(answer));
  if (module.Sum !== RECIPE.sum) {
    throw new SetupFailure(
      `the source of Gitea ${RECIPE.version} has the sum ${module.Sum}, not ${RECIPE.sum}: refused`,
      {
        log: builder.log,
        fix: ['Check what GOPROXY points to.', 'HIVE_GITEA=/path/to/gitea uses a program of your own.'],
      },
    );
  }
  await builder.run('cp', ['-r', module.Dir, source]);
  await builder.run('chmod', ['-R', 'u+w', source]);
  const replacements = Object.entries(RECIPE.replace).flatMap(([from, to]) => ['-replace', `${from}=${to}`]);
  const versions = RECIPE.require.flatMap((version) => ['-require', version]);
  await builder.run(go, ['mod', 'edit', ...replacements, ...versions], { cwd: source });
  await builder.write(join(source, 'go.sum'), extraSums, { append: true });
  await builder.run(
    'rm',
    RECIPE.remove.map((file) => join(source, file)),
  );
}

async function buildPages({ builder, progress }: GiteaBuild, npm: string, source: string): Promise<void> {
  const dir = join(builder.home, 'pnpm');
  await installPinned(builder, { npm, dir, pinned: { name: 'pnpm', ...RECIPE.pnpm } });
  const pnpm = join(dir, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
  const store = ['--store-dir', join(builder.home, 'pnpm-store')];
  const install = ['install', '--frozen-lockfile', '--ignore-scripts', '--config.pmOnFail=ignore', ...store];
  await builder.run('node', [pnpm, ...install], { cwd: source });
  progress('building its pages', 0.12);
  await builder.run('node', [join('node_modules', 'vite', 'bin', 'vite.js'), 'build'], { cwd: source });
  await builder.run('rm', ['-rf', join(source, 'node_modules')]);
}

async function compile({ builder, progress }: GiteaBuild, go: string, source: string): Promise<void> {
  const start = 0.27;
  let done = 0;
  progress('compiling', start);
  const onLine = (): void => {
    done += 1;
    if (done % 20 === 0) progress('compiling', Math.min(0.99, start + (1 - start) * (done / PACKAGES)));
  };
  await builder.run(go, ['build', '-v', ...RECIPE.build, '-o', 'gitea', '.'], { cwd: source, onLine });
}
