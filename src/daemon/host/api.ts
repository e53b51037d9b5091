import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { ProcessIdentity } from '#src/lib/process-identity.ts';
import type { Tx } from '../db/api.ts';

export type { ProcessIdentity };

/** A folder or file a sandbox shows, at `target`. */
export interface SandboxBind {
  source: string;
  target: string;
  writable: boolean;
}

/** A process in a sandbox of its own (bubblewrap): agents' containers, the web process and Gitea all start this way. */
export interface SandboxSpec {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  /** Host uid = gid under root; null = the daemon's own user (rootless). */
  uid: number | null;
  /** Supplementary groups under root. */
  groups: number[];
  /** uid = gid as the process sees itself. */
  innerUid: number;
  innerUser: string;
  hostname: string;
  /** `none` = loopback only; `host` = the host's network (Gitea listens on loopback). */
  network: 'none' | 'host';
  /** Sources are bound even when `uid` could not enter the folders above them (FACTS/containers, trap a). */
  binds: SandboxBind[];
  /** Seccomp filter on (agents, web). */
  seccomp: boolean;
  /** Ends with the daemon (web, Gitea) or outlives it (agents). */
  dieWithParent: boolean;
  /** stdio of the process: index 0-2, then further descriptors handed through. */
  stdio: StdioOptions;
  /** Descriptor-backed file that gets bubblewrap's JSON status; undefined = none. */
  statusFd?: number;
  umask?: number;
  /** Folders of {@link LimitGroup}s that it joins before it drops its rights. */
  cgroups?: string[];
  /** Most processes it may have, by rlimit: for where no cgroup counts them. */
  maxProcesses?: number;
  /** Short of memory, the host ends it before the hive's own processes. */
  expendable?: boolean;
}

/** Starts a sandboxed process. The child is bubblewrap's outer process: it passes the exit code on, dies by `kill`, and takes the sandbox along when `dieWithParent`. */
export type LaunchSandbox = (spec: SandboxSpec) => ChildProcess;

/** Runs one short command under `uid` (never root) and answers its output; throws `internal` with its stderr. Root uses it for everything below a path an agent can write. */
export type RunAs = (
  uid: number | null,
  argv: string[],
  options?: { input?: string; cwd?: string; timeoutMs?: number },
) => Promise<string>;

/** Runs one of the hive's own programs under the daemon's user until it ends or `signal` kills it; answers its output. */
export type RunOwn = (script: string, args: string[], signal: AbortSignal) => Promise<string>;

/** Owner and mode a folder gets; under rootless the owner stays the daemon's user. */
export interface FolderOptions {
  uid?: number;
  gid?: number;
  mode: number;
}

/** Processes as the kernel shows them. */
export interface Processes {
  /** Differs after each boot of the host. */
  bootId(): string;
  /** Null when it is gone or a zombie. */
  identify(pid: number): ProcessIdentity | null;
  isAlive(process: ProcessIdentity): boolean;
  /** Direct children, zombies left out. */
  children(pid: number): number[];
  /** Signals exactly this process; false when it is gone. */
  signal(process: ProcessIdentity, signal: NodeJS.Signals): boolean;
  /** Asks what runs inside a sandbox to end; `pid` is that of the child that `launchSandbox` answered. Signals to the child itself never reach the inside. */
  signalSandbox(pid: number, signal: NodeJS.Signals): void;
  /** Processes that have `path` open; of those only that this process may look into. */
  holdersOf(path: string): number[];
}

/** Limits of one container. */
export interface Limits {
  memoryMb: number;
  processes: number;
  cpuPercent: number;
}

/** Where a container's limits are enforced. */
export interface LimitGroup {
  /** Control group folders the container joins; empty where there are none. */
  folders: string[];
  /** True when the number of processes must be limited by rlimit instead. */
  processesByRlimit: boolean;
}

/** Control groups: version 2 where its controllers can be had, else version 1, else none. */
export interface LimitGroups {
  create(name: string, limits: Limits): LimitGroup;
  /** Folders of a group that exists, also of one that another daemon made; empty when there is none. */
  find(name: string): string[];
  /** Names of the hive's groups that exist. */
  list(): string[];
  /** Pids in the group, as the host sees them. */
  members(folders: string[]): number[];
  /** How often the kernel killed for lack of memory in it; 0 when unknown. */
  oomKills(folders: string[]): number;
  /** Removes the folders; waits a moment for processes that are just ending. */
  remove(folders: string[]): Promise<void>;
  /** What this machine cannot enforce, in words. */
  unenforced(): string[];
}

/** Everything that changes the machine. */
export interface Host {
  readonly root: boolean;
  launchSandbox: LaunchSandbox;
  runAs: RunAs;
  runOwn: RunOwn;
  /** Starts a trivial sandbox under `uid` and says why not and what to do when that fails. */
  probe(uid: number | null): Promise<{ ok: boolean; detail: string; fix?: string }>;
  /** Makes the last part of `path` (the folder above exists and is only the daemon's to change) or corrects its owner and mode. Follows no symlink: throws `conflict` when something else is there. */
  ensureFolder(path: string, options: FolderOptions): void;
  /** Makes every file written into `folder` writable for its group whatever the writer's umask, where the host can (`setfacl`). */
  shareFolder(folder: string): Promise<void>;
  /** Opens a log for appending as descriptor, owned by `uid`; made when missing; follows no symlink. */
  openLog(path: string, uid: number | null): number;
  readonly processes: Processes;
  readonly limits: LimitGroups;
}

/** Services that get a uid of their own under root. */
export type Service = 'forge' | 'web';

/** Numeric uids under root: recorded, never reused, shared between agents and services. */
export interface Uids {
  /** The service's uid, allocated at first use; null when rootless. */
  service(service: Service): Promise<number | null>;
  /** The next free uid, for an agent's row written in the same transaction. Throws `limited` when the range is used up. */
  next(tx: Tx): number;
  /** What a sandbox of an agent runs as: `uid` under root, null when rootless. */
  hostUid(uid: number): number | null;
  /** Group of /shared and of nothing else: `uid_base` itself, which is no one's uid. */
  readonly sharedGid: number;
}
