/** Host and container path of something bound into a container. */
export interface Bind {
  source: string;
  target: string;
  writable: boolean;
}

/** Everything an engine needs to start one container. Engines know no agents: only this. */
export interface ContainerSpec {
  /** Unique on this host: `<agent>-<session>`. */
  id: string;
  hostname: string;
  /** Host uid under root; null = the daemon's own user (rootless). */
  uid: number | null;
  /** Supplementary group of /shared under root. */
  sharedGid: number | null;
  /** argv inside. */
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  binds: Bind[];
  /** Text the process finds on its standard input (the session's nonce); never in argv, environment or a file that stays. */
  stdin: string;
  /** Where standard output and error go; created by the engine, readable by the daemon. */
  logFile: string;
  /** Folder of the daemon's own for the engine's records (status file); outside every container. */
  recordDir: string;
  limits: { memoryMb: number; processes: number; cpuPercent: number };
}

/** How a container ended: `exitCode` null = unknown. */
export interface ContainerEnd {
  exitCode: number | null;
  reason: string;
}

/** What `start` answers and the database keeps, so that a restarted daemon finds the container again. Opaque JSON text of the engine. */
export type ContainerHandle = string;

/** A way to make containers: `bubblewrap` now, `docker` later; a container may be elsewhere. */
export interface Engine {
  readonly name: string;
  /** Whether it works on this machine, with the fix when not. */
  probe(): Promise<{ ok: boolean; detail: string; fix?: string }>;
  /** What this machine cannot enforce, in words for `status` and `doctor`. */
  unenforced(): Promise<string[]>;
  start(spec: ContainerSpec): Promise<ContainerHandle>;
  /** Is it alive? The pid (as the host sees it) or how it ended. */
  inspect(handle: ContainerHandle): Promise<{ alive: true; pid: number } | ({ alive: false } & ContainerEnd)>;
  /** Resolves when it has ended, also one that another daemon started. */
  wait(handle: ContainerHandle, signal: AbortSignal): Promise<ContainerEnd>;
  /** Asks its processes to end. */
  terminate(handle: ContainerHandle): Promise<void>;
  /** Ends everything in it and resolves when it is seen dead. */
  kill(handle: ContainerHandle): Promise<ContainerEnd>;
  /** Removes what is left of a dead one (records, cgroups, mounts). */
  cleanup(handle: ContainerHandle): Promise<void>;
  /** Ends and removes every container of this hive whose id is not in `kept`: starts that the daemon did not live to record, and traces of ends. `records` is the folder above all record folders. */
  sweep(records: string, kept: ReadonlySet<string>): Promise<void>;
  /** Stops looking after containers; they go on. */
  [Symbol.dispose](): void;
}
