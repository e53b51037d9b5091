import type { Host } from './api.ts';
import { createLimitGroups } from './cgroups/index.ts';
import { createFolders } from './folders.ts';
import { createProcesses } from './processes.ts';
import { createRunAs } from './run-as.ts';
import { runOwn } from './run-own.ts';
import { createLaunchSandbox } from './sandbox/launch.ts';
import { probeSandbox, readBwrapHelp } from './sandbox/probe.ts';

export { createUids } from './uids.ts';

/** What {@link createHost} needs to know. */
export interface HostOptions {
  /** Running as uid 0: sandboxes get uids of their own. */
  root: boolean;
  /** Names the hive's control groups. */
  hiveId: string;
  /** Where control groups are mounted. */
  cgroupRoot?: string;
}

/** The host as the rest of the daemon changes it. Starts nothing that lasts. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { root } = options;
  const help = await readBwrapHelp();
  const launchSandbox = createLaunchSandbox(root, (option) => help.includes(`${option} `));
  return {
    root,
    launchSandbox,
    runAs: createRunAs(root),
    runOwn,
    probe: (uid) => probeSandbox(launchSandbox, help, uid),
    ...createFolders(root),
    processes: createProcesses(),
    limits: createLimitGroups(options.hiveId, options.cgroupRoot ?? '/sys/fs/cgroup'),
  };
}
