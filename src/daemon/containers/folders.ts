import { existsSync, rmdirSync, rmSync } from 'node:fs';
import type { Host, Uids } from '../host/api.ts';
import type { Paths } from './paths.ts';

/** What the folders of agents are made with. */
export interface FolderInputs {
  host: Host;
  paths: Paths;
  uids: Uids;
}

/** Folders that all agents share or that only the daemon uses. */
export async function ensureHiveFolders({ host, paths, uids }: FolderInputs): Promise<void> {
  host.ensureFolder(paths.agents, { mode: 0o711 });
  host.ensureFolder(paths.docs, { mode: 0o755 });
  host.ensureFolder(paths.logs, { mode: 0o700 });
  host.ensureFolder(paths.agentLogs, { mode: 0o700 });
  host.ensureFolder(paths.records, { mode: 0o700 });
  host.ensureFolder(paths.sockets, { mode: 0o711 });
  host.ensureFolder(paths.shared, { uid: 0, gid: uids.sharedGid, mode: 0o2770 });
  await host.shareFolder(paths.shared);
}

/** An agent's folders: what it may write is its own, the folder above and the one of its socket are the daemon's. */
export function ensureAgentFolders({ host, paths, uids }: FolderInputs, agent: string, uid: number): void {
  const owner = uids.hostUid(uid) ?? undefined;
  host.ensureFolder(paths.agent(agent), { mode: 0o711 });
  host.ensureFolder(paths.state(agent), { uid: owner, mode: 0o700 });
  host.ensureFolder(paths.harness(agent), { uid: owner, mode: 0o700 });
  host.ensureFolder(paths.socketFolder(agent), { uid: 0, gid: owner, mode: 0o750 });
}

/** Deletes what an agent had. What it could write is emptied under its own uid; the daemon removes only folders of its own. */
export async function purgeAgentFolders(
  { host, paths, uids }: FolderInputs,
  agent: string,
  uid: number,
): Promise<void> {
  const owner = uids.hostUid(uid);
  for (const folder of [paths.state(agent), paths.harness(agent)]) {
    if (!existsSync(folder)) continue;
    await host.runAs(owner, ['chmod', '-R', 'u+rwX', '.'], { cwd: folder });
    await host.runAs(owner, ['find', '.', '-mindepth', '1', '-delete'], { cwd: folder, timeoutMs: PURGE_MS });
    rmdirSync(folder);
  }
  rmSync(paths.agent(agent), { recursive: true, force: true });
  rmSync(paths.socketFolder(agent), { recursive: true, force: true });
  for (const log of [paths.log(agent), `${paths.log(agent)}.1`]) rmSync(log, { force: true });
}

/** A full home takes its time. */
const PURGE_MS = 10 * 60_000;
