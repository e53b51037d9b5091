import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitGroup, LimitGroups, Limits } from '../api.ts';
import { CONTROLLERS, type Controller } from './controllers.ts';
import { readControl, readFolders, tryRemove, tryWrite } from './files.ts';
import { findHierarchy, type Hierarchy } from './hierarchy.ts';

/** A zombie that its parent has not reaped yet keeps its group for a moment: 1 + 2 + 4 ... ms in all about 2 s. */
const REMOVE_TRIES = 11;

const MISSING: Record<Controller, string> = {
  memory: 'memory of an agent as a whole: no memory control group can be made here',
  pids: 'processes of an agent by control group: an rlimit counts them instead',
  cpu: 'processor share of an agent: no cpu control group can be made here',
};

/** Control groups below `mounted` (usually /sys/fs/cgroup), named by the hive's id. Looks at the machine at first use. */
export function createLimitGroups(hiveId: string, mounted: string): LimitGroups {
  let found: Hierarchy | null = null;
  const hierarchy = (): Hierarchy => (found ??= findHierarchy(mounted, hiveId));
  return {
    create: (name, limits) => create(hierarchy(), name, limits),
    find: (name) => find(hierarchy(), name),
    list: () => list(hierarchy()),
    members,
    oomKills,
    remove,
    unenforced: () => {
      const { bases, undo } = hierarchy();
      undo();
      return CONTROLLERS.filter((controller) => !bases.has(controller)).map((controller) => MISSING[controller]);
    },
  };
}

function create(hierarchy: Hierarchy, name: string, limits: Limits): LimitGroup {
  if (hierarchy.bases.size > 0) hierarchy.prepare();
  const folders = new Set<string>();
  for (const [controller, base] of hierarchy.bases) {
    const folder = join(base, name);
    mkdirSync(folder, { recursive: true });
    folders.add(folder);
    for (const setting of hierarchy.settings(controller, limits)) tryWrite(join(folder, setting.file), setting.value);
  }
  return { folders: [...folders], processesByRlimit: !hierarchy.bases.has('pids') };
}

function find(hierarchy: Hierarchy, name: string): string[] {
  const folders = [...hierarchy.bases.values()].map((base) => join(base, name));
  return [...new Set(folders)].filter((folder) => existsSync(folder));
}

function list(hierarchy: Hierarchy): string[] {
  const names = [...hierarchy.bases.values()].flatMap((base) => readFolders(base));
  return [...new Set(names)];
}

function members(folders: string[]): number[] {
  const lines = folders.flatMap((folder) => readControl(join(folder, 'cgroup.procs')).split('\n'));
  return [...new Set(lines.filter((line) => line !== '').map(Number))];
}

/** Version 2 counts in memory.events, version 1 in memory.oom_control; both as `oom_kill N`. */
function oomKills(folders: string[]): number {
  const counts = folders
    .flatMap((folder) => [join(folder, 'memory.events'), join(folder, 'memory.oom_control')])
    .map((path) => Number(/^oom_kill (\d+)$/m.exec(readControl(path))?.[1] ?? 0));
  return Math.max(0, ...counts);
}

async function remove(folders: string[]): Promise<void> {
  for (const folder of folders) {
    for (let attempt = 0; attempt < REMOVE_TRIES && !tryRemove(folder); attempt++) await delay(2 ** attempt);
    tryRemove(dirname(folder));
  }
}
