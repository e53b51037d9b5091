import { chmodSync, chownSync } from 'node:fs';

/** Owner and mode of a socket file; uid or gid left out = the daemon's own. */
export interface SocketOwner {
  uid?: number;
  gid?: number;
  mode: number;
}

/** Hands a socket that was just bound to its owner. Its folder is only the daemon's to change, so nothing can have taken its place. */
export function ownSocket(path: string, { uid, gid, mode }: SocketOwner): void {
  if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1);
  chmodSync(path, mode);
}
