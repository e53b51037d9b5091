import type { Limits } from '../api.ts';

/** Kinds of limits that control groups can enforce. */
export const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;

/** One of {@link CONTROLLERS}. */
export type Controller = (typeof CONTROLLERS)[number];

/** Length of the period in which a share of the processors is counted. */
const CPU_PERIOD_US = 100_000;

/** One file of a control group and what is written into it; `optional` ones exist only on some kernels. */
export interface Setting {
  file: string;
  value: string;
  optional?: boolean;
}

/** Files of control groups version 2 (FACTS/containers §2). */
export function settingsV2(controller: Controller, limits: Limits): Setting[] {
  if (controller === 'pids') return [{ file: 'pids.max', value: String(limits.processes) }];
  if (controller === 'cpu') return [{ file: 'cpu.max', value: `${cpuQuota(limits)} ${CPU_PERIOD_US}` }];
  return [
    { file: 'memory.max', value: bytes(limits) },
    { file: 'memory.swap.max', value: '0', optional: true },
  ];
}

/** Files of control groups version 1; the limit with swap may only be set after the one without. */
export function settingsV1(controller: Controller, limits: Limits): Setting[] {
  if (controller === 'pids') return [{ file: 'pids.max', value: String(limits.processes) }];
  if (controller === 'cpu') {
    return [
      { file: 'cpu.cfs_period_us', value: String(CPU_PERIOD_US) },
      { file: 'cpu.cfs_quota_us', value: cpuQuota(limits) },
    ];
  }
  return [
    { file: 'memory.limit_in_bytes', value: bytes(limits) },
    { file: 'memory.memsw.limit_in_bytes', value: bytes(limits), optional: true },
  ];
}

function bytes(limits: Limits): string {
  return String(limits.memoryMb * 1024 * 1024);
}

function cpuQuota(limits: Limits): string {
  return String(Math.round((limits.cpuPercent / 100) * CPU_PERIOD_US));
}
