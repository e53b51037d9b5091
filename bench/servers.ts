import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';

/** A database server that was started for one run, in a folder of its own; disposing ends it. */
export interface Server extends AsyncDisposable {
  /** How a client finds it. */
  address: string;
}

/** `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65534;
const STARTS_WITHIN_MS = 15_000;

/** Redis that syncs its append-only file before every answer; undefined when it is not installed. */
export async function startRedis(folder: string): Promise<Server | undefined> {
  const program = find('/usr/bin/redis-server');
  if (program === undefined) return undefined;
  const address = join(folder, 'redis.sock');
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const args = ['--port', '0', '--unixsocket', address, '--dir', folder, ...durable];
  return await started(spawn(program, args, { stdio: 'ignore' }), address, { path: address });
}

/** PostgreSQL with `fsync` and `synchronous_commit` on; undefined when it is not installed. */
export async function startPostgres(folder: string): Promise<Server | undefined> {
  const bin = find('/usr/lib/postgresql/*/bin');
  if (bin === undefined) return undefined;
  const data = join(folder, 'data');
  const root = process.getuid?.() === 0;
  if (root) chownSync(folder, NOBODY, NOBODY);
  const user = root ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { ...user, cwd: folder, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  const init = ['-D', data, '-U', 'bench', '--auth=trust', '--no-instructions'];
  execFileSync(join(bin, 'initdb'), init, { ...options, stdio: 'ignore' });
  const durable = ['-c', 'fsync=on', '-c', 'synchronous_commit=on', '-c', 'max_connections=200'];
  const args = ['-D', data, '-k', folder, '-c', 'listen_addresses=', ...durable];
  const child = spawn(join(bin, 'postgres'), args, { ...options, stdio: 'ignore' });
  const address = `postgres:///postgres?host=${encodeURIComponent(folder)}&user=bench`;
  return await started(child, address, { path: join(folder, '.s.PGSQL.5432') }, 'SIGINT');
}

/** NATS with JetStream in files; undefined when it is not installed. `durable` says whether this version can sync before it answers. */
export async function startNats(folder: string): Promise<(Server & { durable: boolean }) | undefined> {
  const program = find('/usr/sbin/nats-server');
  if (program === undefined) return undefined;
  const port = await freePort();
  const file = join(folder, 'nats.conf');
  const config = (more: string): string =>
    `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: "${join(folder, 'jetstream')}"${more} }\n`;
  writeFileSync(file, config(', sync_interval: always'));
  const durable = accepts(program, file);
  if (!durable) writeFileSync(file, config(''));
  const server = await started(spawn(program, ['-c', file], { stdio: 'ignore' }), String(port), {
    port,
    host: '127.0.0.1',
  });
  return { ...server, durable };
}

function accepts(program: string, file: string): boolean {
  try {
    execFileSync(program, ['-c', file, '-t'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function find(pattern: string): string | undefined {
  return globSync(pattern).filter((path) => existsSync(path))[0];
}

async function started(
  child: ChildProcess,
  address: string,
  listens: { path: string } | { port: number; host: string },
  end: NodeJS.Signals = 'SIGTERM',
): Promise<Server> {
  const deadline = performance.now() + STARTS_WITHIN_MS;
  while (!(await answers(listens))) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`${child.spawnfile} did not start`);
    await pause(20);
  }
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill(end);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function answers(listens: { path: string } | { port: number; host: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(listens);
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** Makes a folder below `parent`. */
export function newFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
}
