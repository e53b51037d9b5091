import { copyFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa, type Result } from 'execa';

const ROOT = resolve(import.meta.dirname, '../..');
/** Stands in for the command line: tells how the launcher started it. */
const MAIN = `console.log(JSON.stringify({
  args: process.argv.slice(2), node: process.execPath, cache: process.env.HIVE_CACHE,
  compile: process.env.NODE_COMPILE_CACHE, path: process.env.PATH.split(':')[0], command: process.env.HIVE_COMMAND, cwd: process.cwd() }));\n`;

/** What the stand-in for the command line saw. */
export interface Started {
  args: string[];
  node: string;
  cache: string;
  compile: string;
  path: string;
  /** How hints name the launcher. */
  command: string;
  cwd: string;
}

/** A small checkout with the real launcher, one package of its own to install, and no network needed for it. */
export interface Checkout extends AsyncDisposable {
  root: string;
  hive: string;
  cache: string;
  /** Makes `node_modules` as an installation leaves it. */
  install(): Promise<void>;
  /** Runs the launcher; `node` on its PATH is this one unless `env` says otherwise. */
  start(args?: string[], options?: StartOptions): Promise<Result>;
}

/** How to start the launcher differently. */
export interface StartOptions {
  /** Program to run instead of the checkout's `hive`. */
  program?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Numeric user; the test's own without it. */
  uid?: number;
}

/** What the stand-in printed. */
export function started(result: Result): Started {
  return JSON.parse(String(result.stdout)) as Started;
}

/** Makes a checkout in a folder `name` below a new temporary folder. */
export async function makeCheckout(name = 'checkout'): Promise<Checkout> {
  const top = await mkdtemp(join(tmpdir(), 'hive-launcher-'));
  const root = join(top, name);
  const cache = join(top, 'cache');
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: top, HIVE_CACHE: cache };
  await mkdir(join(root, 'src', 'cli'), { recursive: true });
  await mkdir(join(top, 'package'));
  await writeFile(join(top, 'package', 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0' }));
  await execa('npm', ['pack', '--silent', './package'], { cwd: top, env });
  const tarball = `file:${join(top, 'tiny-1.0.0.tgz')}`;
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'hive', dependencies: { tiny: tarball } }));
  await execa('npm', ['install', '--package-lock-only', '--no-audit'], { cwd: root, env });
  await cp(join(ROOT, 'hive'), join(root, 'hive'));
  await copyFile(join(ROOT, '.npmrc'), join(root, '.npmrc'));
  await writeFile(join(root, 'src', 'cli', 'main.ts'), MAIN);
  await execa('chmod', ['0755', top]);
  return {
    root,
    cache,
    hive: join(root, 'hive'),
    install: async () => {
      const modules = join(root, 'node_modules');
      await mkdir(join(modules, '.bin'), { recursive: true });
      await symlink(process.execPath, join(modules, '.bin', 'node'));
      await copyFile(join(root, 'package-lock.json'), join(modules, '.hive-lock'));
    },
    start: (args = [], options = {}) => {
      const { program = join(root, 'hive'), uid, cwd = root } = options;
      const drop =
        uid === undefined ? [] : ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--'];
      const [file = program, ...rest] = [...drop, program, ...args];
      return execa(file, rest, {
        cwd,
        env: { ...env, ...options.env },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      });
    },
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  };
}
