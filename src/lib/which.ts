import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Absolute path, symlinks resolved, of a program in `searchPath` (the form of `PATH`), or null when there is none. */
export async function which(program: string, searchPath: string): Promise<string | null> {
  for (const dir of searchPath.split(delimiter)) {
    if (!dir.startsWith('/')) continue;
    const path = join(dir, program);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return realpath(path);
  }
  return null;
}
