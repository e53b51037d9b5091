import { createWriteStream, type WriteStream } from 'node:fs';
import { chmod, cp, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { execa, type Options } from 'execa';
import { lockFile } from '#src/lib/file-lock.ts';
import { SetupFailure } from '../failure.ts';
import { networkEnvironment } from './environment.ts';
import { type BuilderFolder, canEnter, openBuilderFolder, removeBuilderFolder } from './folder.ts';
import { setprivArgs } from './identity.ts';

/** How one program of a build is run. */
export interface BuildCommand {
  /** Working folder; the builder's home without it. */
  cwd?: string;
  /** Given on stdin. */
  input?: string;
  /** Called with each line of output as it comes. */
  onLine?: (line: string) => void;
}

/** What opens a builder. */
export interface BuilderOptions {
  cache: string;
  /** Its numeric uid and gid; null = setup's own user. */
  uid: number | null;
  /** Name of the log below `<cache>/logs`. */
  name: string;
  /** Setup's environment; only the settings for reaching registries are passed on. */
  env: NodeJS.ProcessEnv;
  /** What else is possible when a program fails, beside starting again. */
  alternatives: string[];
  signal: AbortSignal;
}

/** Opens the cache's builder; a second one waits until the first is disposed. */
export async function openBuilder(options: BuilderOptions): Promise<Builder> {
  const log = join(options.cache, 'logs', `${options.name}.log`);
  await mkdir(dirname(log), { recursive: true, mode: 0o755 });
  const lock = await lockFile(join(options.cache, 'builder.lock'), options.signal);
  const folder = await openBuilderFolder(options.cache, options.uid);
  return new Builder(options, folder, { lock, log });
}

/**
 * An unprivileged user's workshop: under root a numeric uid of its own, else the caller. Root never opens what the
 * builder made: it is written, copied out and deleted by programs that run as the builder.
 */
export class Builder implements AsyncDisposable {
  /** Folder only the builder writes. */
  readonly home: string;
  /** File with all output of the programs it ran. */
  readonly log: string;
  readonly #options: BuilderOptions;
  readonly #folder: BuilderFolder;
  readonly #lock: AsyncDisposable;
  readonly #output: WriteStream;
  readonly #env: Record<string, string>;

  constructor(options: BuilderOptions, folder: BuilderFolder, { lock, log }: { lock: AsyncDisposable; log: string }) {
    this.home = folder.home;
    this.log = log;
    this.#options = options;
    this.#folder = folder;
    this.#lock = lock;
    this.#output = createWriteStream(log, { mode: 0o644 });
    this.#env = { ...networkEnvironment(options.env), HOME: folder.home, TMPDIR: folder.home, LANG: 'C.UTF-8' };
    this.#env['PATH'] = '/usr/local/bin:/usr/bin:/bin';
  }

  /** Adds variables for the programs that follow, and a folder in which they are looked up first. */
  extend({ env = {}, path }: { env?: Record<string, string>; path?: string }): void {
    Object.assign(this.#env, env);
    if (path !== undefined) this.#env['PATH'] = `${path}:${this.#env['PATH']}`;
  }

  /** Runs a program to its end and returns its stdout; a failure names the program, its last lines and the log. */
  async run(program: string, args: string[], command: BuildCommand = {}): Promise<string> {
    this.#output.write(`\n$ ${[program, ...args].join(' ')}\n`);
    const child = execa('setpriv', [...setprivArgs(this.#options.uid), program, ...args], {
      ...this.#base(),
      cwd: command.cwd ?? this.home,
      all: true,
      ...(command.input === undefined ? { stdin: 'ignore' as const } : { input: command.input }),
    });
    for await (const line of child.iterable({ from: 'all' })) {
      this.#output.write(`${line}\n`);
      command.onLine?.(line);
    }
    const result = await child;
    this.#options.signal.throwIfAborted();
    if (result.failed) throw this.#failure(`${basename(program)} ${args[0] ?? ''}`, result.all);
    return result.stdout;
  }

  /** Writes a file as the builder, or appends to it. */
  async write(file: string, text: string, { append = false } = {}): Promise<void> {
    await this.run('tee', append ? ['-a', file] : [file], { input: text });
  }

  /** Path at which the builder can use a program or folder of the host: the given one, or that of a copy. */
  async share(path: string): Promise<string> {
    const { uid } = this.#options;
    if (uid === null || (await canEnter(path, uid))) return path;
    const copy = join(this.#folder.tools, basename(path));
    await rm(copy, { recursive: true, force: true });
    await cp(path, copy, { recursive: true, verbatimSymlinks: true });
    return copy;
  }

  /** Copies one file that the builder made to `target`, an executable file of setup's own user. */
  async copyOut(file: string, target: string): Promise<void> {
    const args = [...setprivArgs(this.#options.uid), 'cat', file];
    const result = await execa('setpriv', args, {
      ...this.#base(),
      cwd: '/',
      stdin: 'ignore',
      stdout: { file: target },
      buffer: { stdout: false },
    });
    this.#options.signal.throwIfAborted();
    if (result.failed) throw this.#failure(`copying ${basename(file)}`, result.stderr);
    await chmod(target, 0o755);
  }

  /** Removes all the builder has, after a success; a failure keeps it, so that a repetition is quick. */
  async clear(): Promise<void> {
    await removeBuilderFolder(this.#folder, this.#options.uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#output.end();
    await finished(this.#output);
    await this.#lock[Symbol.asyncDispose]();
  }

  #failure(what: string, output: string): SetupFailure {
    return new SetupFailure(`${what} failed: ${summarize(output)}`, {
      log: this.log,
      fix: ['Run the same command again: what is already fetched is kept.', ...this.#options.alternatives],
    });
  }

  #base() {
    return { env: this.#env, extendEnv: false, reject: false, cancelSignal: this.#options.signal } satisfies Options;
  }
}

/** The lines of a program's output that say why it failed, as far as that can be told. */
function summarize(output: string): string {
  const lines = output.trim().split('\n');
  const telling = lines.filter((line) => /error|refused|denied|no space|not found/i.test(line));
  return (telling.length > 0 ? telling.slice(0, 4) : lines.slice(-4)).map((line) => line.trim()).join('\n');
}
