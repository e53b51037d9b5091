import { watch, type FSWatcher } from 'node:fs';

/** How often is looked even without a notice: a container killed together with its bubblewrap writes nothing any more (FACTS/containers §1). */
const BACKSTOP_MS = 2000;

/** Tells when files change; one timer for all as a backstop, and none while nothing is watched. */
export interface Changes {
  /** Calls `onChange` after each change of `path` and every now and then; the returned function ends it. */
  follow(path: string, onChange: () => void): () => void;
  /** Lets everybody look at once, whatever the files tell. */
  look(): void;
  [Symbol.dispose](): void;
}

/** Watches files of this host. */
export function createChanges(): Changes {
  const followers = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    for (const follower of followers) follower();
  }

  function stopWhenIdle(): void {
    if (followers.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    follow(path, onChange) {
      const watcher = tryWatch(path, onChange);
      followers.add(onChange);
      timer ??= setInterval(look, BACKSTOP_MS).unref();
      return () => {
        watcher?.close();
        followers.delete(onChange);
        stopWhenIdle();
      };
    },
    look,
    [Symbol.dispose]() {
      followers.clear();
      stopWhenIdle();
    },
  };
}

/** Null when the file is gone or the host has no watch left: the backstop does. */
function tryWatch(path: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
