import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Host, LimitGroup } from '#src/daemon/host/api.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { ContainerHandle, ContainerSpec } from '../../engine.ts';
import type { Changes } from './changes.ts';
import { handleFile, readStatus, statusFile, toHandle } from './record.ts';
import { killStarting, removeTraces } from './sweep.ts';

/** bubblewrap names its child within milliseconds; more than this means that the host is stuck. */
const START_MS = 15_000;
/** How much of the log explains a failed start. */
const EXPLANATION_BYTES = 500;
/** Who a container's processes are inside: the same in all of them. */
const INNER_UID = 1000;

/** Starts a container that outlives this process and answers its handle once its first process is known. */
export async function startContainer(host: Host, changes: Changes, spec: ContainerSpec): Promise<ContainerHandle> {
  host.ensureFolder(spec.recordDir, { mode: 0o700 });
  const group = host.limits.create(spec.id, spec.limits);
  const log = host.openLog(spec.logFile, spec.uid);
  const logStart = fstatSync(log).size;
  const child = launch(host, spec, group, log);
  try {
    const pid = await childPid(child, changes, spec.recordDir);
    const handle = describe(host, spec, group, { outer: child.pid!, inner: pid });
    writeFileSync(handleFile(spec.recordDir), handle, { mode: 0o600 });
    child.once('exit', () => changes.look());
    return handle;
  } catch (error) {
    await killStarting(host, spec.recordDir);
    await removeTraces(host, spec.recordDir, group.folders);
    throw explained(error, spec, logStart);
  }
}

function launch(host: Host, spec: ContainerSpec, group: LimitGroup, log: number): ChildProcess {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const status = openSync(statusFile(spec.recordDir), flags, 0o600);
  try {
    const child = host.launchSandbox({
      argv: spec.argv,
      env: spec.env,
      cwd: spec.cwd,
      uid: spec.uid,
      groups: spec.sharedGid === null ? [] : [spec.sharedGid],
      innerUid: INNER_UID,
      innerUser: 'agent',
      hostname: spec.hostname,
      network: 'none',
      binds: spec.binds,
      seccomp: true,
      dieWithParent: false,
      expendable: true,
      stdio: ['pipe', log, log],
      statusFd: status,
      umask: 0o002,
      cgroups: group.folders,
      ...(group.processesByRlimit && { maxProcesses: spec.limits.processes }),
    });
    handOver(child, spec.stdin);
    return child;
  } finally {
    closeSync(log);
    closeSync(status);
  }
}

/** Through a socket pair: read once, it is nowhere any more. A container that ends before reading it tells by its exit. */
function handOver(child: ChildProcess, text: string): void {
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(text);
  child.unref();
}

function childPid(child: ChildProcess, changes: Changes, recordDir: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { childPid: pid } = readStatus(recordDir);
      if (pid !== null) settle(() => resolve(pid));
    };
    const onExit = (): void => {
      look();
      settle(() => reject(new HiveError('internal', 'it ended before it ran')));
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onLate = (): void =>
      settle(() => reject(new HiveError('internal', `not started after ${START_MS / 1000} s`)));
    const timer = setTimeout(onLate, START_MS);
    const unfollow = changes.follow(statusFile(recordDir), look);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      unfollow();
      child
        .off('exit', onExit)
        .off('error', onError)
        .on('error', () => undefined);
      then();
    };
    child.once('exit', onExit).once('error', onError);
    look();
  });
}

function describe(
  host: Host,
  spec: ContainerSpec,
  group: LimitGroup,
  pids: { outer: number; inner: number },
): ContainerHandle {
  const gone = '0';
  const identity = (pid: number) => host.processes.identify(pid) ?? { pid, startTime: gone };
  return toHandle({
    id: spec.id,
    recordDir: spec.recordDir,
    bootId: host.processes.bootId(),
    inner: identity(pids.inner),
    outer: identity(pids.outer),
    cgroups: group.folders,
    memoryMb: spec.limits.memoryMb,
  });
}

function explained(error: unknown, spec: ContainerSpec, logStart: number): HiveError {
  const said = readFileSync(spec.logFile).subarray(logStart).subarray(-EXPLANATION_BYTES).toString().trim();
  const reason = error instanceof Error ? error.message : String(error);
  return new HiveError('internal', `container ${spec.id} did not start: ${reason}${said && ` (${said})`}`, {
    cause: error,
  });
}
