import { closeSync, constants, fchmodSync, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { execa } from 'execa';
import { HiveError } from '#src/lib/errors.ts';
import type { FolderOptions, Host } from './api.ts';
import { HELPER_ENV } from './system-path.ts';

/** Folders and logs of the hive, made without ever following what someone else put there. */
export function createFolders(root: boolean): Pick<Host, 'ensureFolder' | 'shareFolder' | 'openLog'> {
  return {
    ensureFolder: (path, options) => ensureFolder(root, path, options),
    shareFolder,
    openLog: (path, uid) => openLog(root, path, uid),
  };
}

function ensureFolder(root: boolean, path: string, options: FolderOptions): void {
  makeFolder(path);
  const fd = openPlanted(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (root) fchownSync(fd, options.uid ?? 0, options.gid ?? options.uid ?? 0);
    fchmodSync(fd, options.mode);
  } finally {
    closeSync(fd);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The owner of a log is who writes it, so that `>/dev/stderr` inside works (FACTS/containers §1). */
function openLog(root: boolean, path: string, uid: number | null): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
  const fd = openPlanted(path, flags);
  try {
    if (!fstatSync(fd).isFile()) throw planted(path);
    if (root && uid !== null) fchownSync(fd, uid, 0);
    fchmodSync(fd, 0o640);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openPlanted(path: string, flags: number): number {
  try {
    return openSync(path, flags | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ELOOP', 'ENOTDIR', 'ENXIO', 'EISDIR'].includes(code)) throw planted(path);
    throw error;
  }
}

function planted(path: string): HiveError {
  return new HiveError(
    'conflict',
    `${path} is not what the hive makes there (a symlink or another kind of file): look at it and remove it`,
  );
}

/** Without `setfacl` the umask of the containers does the same for every program that leaves it alone. */
async function shareFolder(folder: string): Promise<void> {
  await execa('setfacl', ['-d', '-m', 'u::rwX,g::rwX,o::-', folder], {
    env: HELPER_ENV,
    extendEnv: false,
    reject: false,
  });
}
