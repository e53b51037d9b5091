import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { SandboxBind, SandboxSpec } from '../host/api.ts';

const HIVE = '/opt/hive';
const NODE = '/opt/node';
const SOCKET = '/run/hive/web.sock';
/** What of the installed hive the dashboard consists of; everything else stays outside. */
const CODE = ['src/web', 'src/protocol', 'src/lib', 'templates/dashboard', 'node_modules', 'package.json'];
/** Enough for Node's threads. */
const MOST_PROCESSES = 64;
const HEAP_MB = 256;

/** What {@link webSandbox} is told. */
export interface WebSandboxOptions {
  config: Pick<Config, 'install' | 'run' | 'parts' | 'port' | 'forge_port' | 'hiveId'>;
  passwordFile: string;
  /** Host uid under root; null = the daemon's own user. */
  uid: number | null;
  /** Descriptors of listening sockets. */
  listeners: number[];
}

/**
 * The dashboard's sandbox: no network but the listening sockets that were handed over, no file but its code, no door but web.sock. Node's
 * permission model takes files, child processes, workers and add-ons away a second time.
 */
export function webSandbox({ config, passwordFile, uid, listeners }: WebSandboxOptions): SandboxSpec {
  const code = CODE.map((path): SandboxBind => ({
    source: join(config.install, path),
    target: join(HIVE, path),
    writable: false,
  }));
  return {
    argv: [
      `${NODE}/bin/node`,
      ...['--permission', `--allow-fs-read=${HIVE}/`, `--max-old-space-size=${HEAP_MB}`],
      `${HIVE}/src/web/main.ts`,
    ],
    env: {
      PATH: `${NODE}/bin:/usr/bin:/bin`,
      LANG: 'C.UTF-8',
      NODE_ENV: 'production',
      HIVE_WEB_SOCKET: SOCKET,
      HIVE_WEB_PORT: String(config.port),
      HIVE_WEB_ID: config.hiveId,
      HIVE_WEB_FORGE: `http://127.0.0.1:${config.forge_port}`,
      HIVE_WEB_PASSWORD_FILE: passwordFile,
      HIVE_WEB_LISTENERS: String(listeners.length),
    },
    cwd: HIVE,
    uid,
    groups: [],
    innerUid: 1000,
    innerUser: 'web',
    hostname: 'web',
    network: 'none',
    binds: [
      ...code,
      { source: config.parts.nodeDir, target: NODE, writable: false },
      { source: join(config.run, 'web.sock'), target: SOCKET, writable: false },
    ],
    seccomp: true,
    dieWithParent: true,
    stdio: ['ignore', 'pipe', 'pipe', ...listeners],
    umask: 0o077,
    maxProcesses: MOST_PROCESSES,
  };
}
