import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Limits } from '../api.ts';
import { CONTROLLERS, settingsV1, settingsV2, type Controller, type Setting } from './controllers.ts';
import { tryRemove, tryWrite } from './files.ts';

/** Where the hive's groups lie for each controller that can be had. */
export interface Hierarchy {
  bases: Map<Controller, string>;
  settings(controller: Controller, limits: Limits): Setting[];
  /** Makes the bases, whose controllers apply to the groups below. */
  prepare(): void;
  /** Takes back what `prepare` did, where nothing is in it. */
  undo(): void;
}

/** Leaf of a delegated group into which the daemon moves itself: a group with processes cannot hand controllers down. */
const OWN_LEAF = 'hyperhive-daemon';

/** Finds the hierarchy in which groups can be made: version 2 when it has controllers, else version 1. */
export function findHierarchy(mounted: string, hiveId: string): Hierarchy {
  const pureV2 = existsSync(join(mounted, 'cgroup.controllers'));
  return usable(pureV2 ? hierarchyV2(mounted, hiveId) : hierarchyV1(mounted, hiveId));
}

function hierarchyV1(mounted: string, hiveId: string): Hierarchy {
  const bases = new Map(
    CONTROLLERS.map((controller) => [controller, join(mounted, controller, `hyperhive-${hiveId}`)]),
  );
  return {
    bases,
    settings: settingsV1,
    prepare: () => {
      for (const base of bases.values()) tryMakeFolder(base);
    },
    undo: () => {
      for (const base of bases.values()) tryRemove(base);
    },
  };
}

function hierarchyV2(mounted: string, hiveId: string): Hierarchy {
  const root = process.getuid?.() === 0;
  const parent = root ? mounted : join(mounted, ownGroup());
  const base = join(parent, `hyperhive-${hiveId}`);
  return {
    bases: new Map(CONTROLLERS.map((controller) => [controller, base])),
    settings: settingsV2,
    prepare: () => {
      if (!root) enterLeaf(parent);
      handDown(parent);
      tryMakeFolder(base);
      handDown(base);
    },
    undo: () => {
      tryRemove(base);
      if (!root) leaveLeaf(parent);
    },
  };
}

/** One controller a write: a write that names several fails as a whole when one of them is missing (FACTS/containers §2). */
function handDown(group: string): void {
  for (const controller of CONTROLLERS) tryWrite(join(group, 'cgroup.subtree_control'), `+${controller}`);
}

function enterLeaf(parent: string): void {
  const leaf = join(parent, OWN_LEAF);
  if (tryMakeFolder(leaf)) tryWrite(join(leaf, 'cgroup.procs'), String(process.pid));
}

function leaveLeaf(parent: string): void {
  tryWrite(join(parent, 'cgroup.procs'), String(process.pid));
  tryRemove(join(parent, OWN_LEAF));
}

/** Path of this process's group in the version 2 hierarchy, without the leaf that an earlier daemon made. */
function ownGroup(): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith('0::'));
  const path = line?.slice('0::'.length) ?? '/';
  return path.endsWith(`/${OWN_LEAF}`) ? path.slice(0, -OWN_LEAF.length - 1) : path;
}

/** Keeps the controllers whose files are really there in a new group: some kernels and delegations lack them silently. */
function usable(hierarchy: Hierarchy): Hierarchy {
  const someLimits = { memoryMb: 256, processes: 32, cpuPercent: 100 };
  hierarchy.prepare();
  const bases = new Map<Controller, string>();
  for (const [controller, base] of hierarchy.bases) {
    const trial = join(base, 'trial');
    if (!tryMakeFolder(trial)) continue;
    const needed = hierarchy.settings(controller, someLimits).filter((setting) => !setting.optional);
    if (needed.every((setting) => tryWrite(join(trial, setting.file), setting.value))) bases.set(controller, base);
    rmdirSync(trial);
  }
  hierarchy.undo();
  return { ...hierarchy, bases };
}

function tryMakeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}
