import { once } from 'node:events';
import { execa } from 'execa';

/**
 * Takes the exclusive lock on `path` (created when missing) and waits for whoever holds it.
 * The lock is the kernel's (`flock` of util-linux held by a child that ends with this process): a killed owner leaves
 * none behind. Rejects when `signal` aborts.
 */
export async function lockFile(path: string, signal?: AbortSignal): Promise<AsyncDisposable> {
  const holder = execa('flock', ['--exclusive', path, 'sh', '-c', 'echo locked; exec cat'], {
    stdin: 'pipe',
    stderr: 'pipe',
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  const locked = once(holder.stdout, 'data').then(() => null);
  const ended = holder.then((result) => result);
  const failed = await Promise.race([locked, ended]);
  if (failed !== null) {
    signal?.throwIfAborted();
    throw new Error(`cannot lock ${path}: ${failed.stderr || failed.shortMessage}`);
  }
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}

/** Runs `work` while holding the exclusive lock on `path`. */
export async function withFileLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const lock = await lockFile(path, signal);
  try {
    return await work();
  } finally {
    await lock[Symbol.asyncDispose]();
  }
}
