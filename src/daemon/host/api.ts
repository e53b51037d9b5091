import type { ChildProcess, StdioOptions } from 'node:child_process';

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
}

/** Starts a sandboxed process. */
export type LaunchSandbox = (spec: SandboxSpec) => ChildProcess;

/** Runs one short command under `uid` (never root) and answers its output; throws `internal` with its stderr. Root uses it for everything below a path an agent can write. */
export type RunAs = (
  uid: number | null,
  argv: string[],
  options?: { input?: string; cwd?: string; timeoutMs?: number },
) => Promise<string>;
