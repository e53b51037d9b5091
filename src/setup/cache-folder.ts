import { makeFolder, whyNoFolder } from '#src/lib/make-folder.ts';
import { SetupFailure } from './failure.ts';

/** Makes the cache folder unless it is there. Throws {@link SetupFailure} with what to do where it cannot be made. */
export function makeCacheFolder(cache: string): void {
  try {
    makeFolder(cache, 0o755);
  } catch (error) {
    const fix = ['Choose another folder with HIVE_CACHE.'];
    throw new SetupFailure(`${cache} cannot be the cache (${whyNoFolder(error)})`, { fix }, error);
  }
}
