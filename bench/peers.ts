import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PeerResult } from './drive.ts';
import { newFolder, startNats, startPostgres, startRedis } from './servers.ts';
import type { Server } from './servers.ts';

/** Messages that a harness takes at once when it is woken (src/harness). */
const BURST = 4;

/** How much is consumed. */
export interface PeersScale {
  /** Messages of a round; a multiple of 32 and of 100. */
  count: number;
  rounds: number;
}

/** A line of the table: a broker, and what is special about it. */
export interface PeerRow {
  name: string;
  /** Missing when it was skipped; `note` says why. */
  result?: PeerResult;
  note: string;
}

interface Candidate {
  name: string;
  /** Its program, without `.ts`. */
  file: string;
  args?: string[];
  note?: string;
  /** What it needs beside its client. */
  server?: { start(folder: string): Promise<(Server & { durable?: boolean }) | undefined>; apt: string };
}

/** A consumer takes what a harness takes. The limit against {@link BULLMQ} is held against this row … */
export const HIVE = `hive, in the process, up to ${BURST} a turn`;

/** … and against this one, with one message a turn, which no harness asks for. */
export const HIVE_ONE_BY_ONE = 'hive, in the process';

/** The row that both are compared with. */
export const BULLMQ = 'BullMQ on Redis, AOF always';

const CANDIDATES: Candidate[] = [
  { name: HIVE_ONE_BY_ONE, file: 'hive-inside', args: ['1'] },
  { name: HIVE, file: 'hive-inside', args: [String(BURST)] },
  { name: 'hive, over sockets', file: 'hive-sockets', args: ['1'] },
  { name: `hive, over sockets, up to ${BURST} a turn`, file: 'hive-sockets', args: [String(BURST)] },
  { name: BULLMQ, file: 'peers/bullmq', server: { start: startRedis, apt: 'redis-server' } },
  {
    name: 'graphile-worker on PostgreSQL',
    file: 'peers/graphile-worker',
    server: { start: startPostgres, apt: 'postgresql' },
  },
  { name: 'NATS JetStream, files', file: 'peers/nats', server: { start: startNats, apt: 'nats-server' } },
  { name: 'plainjob on SQLite, FULL', file: 'peers/plainjob', note: 'in the process; each call has its own commit' },
];

/** Measures the hive and its peers one after the other, each client in a process of its own; says what is skipped. */
export async function measurePeers(parent: string, scale: PeersScale): Promise<PeerRow[]> {
  const rows: PeerRow[] = [];
  for (const [index, candidate] of CANDIDATES.entries()) {
    const row = await measurePeer(newFolder(parent, `peer-${index}`), candidate, scale);
    if (!row.result) console.log(`SKIPPED ${row.name}: ${row.note}`);
    rows.push(row);
  }
  return rows;
}

async function measurePeer(folder: string, candidate: Candidate, scale: PeersScale): Promise<PeerRow> {
  const { name, file, args = [], note = '', server } = candidate;
  const ours = !file.startsWith('peers/');
  if (!ours && !existsSync(join(import.meta.dirname, 'node_modules')))
    return { name, note: 'its client is not installed: npm ci --prefix bench' };
  if (!server) return { name, note, result: await run(folder, candidate, [...args], scale) };
  const started = await server.start(folder);
  if (!started) return { name, note: `it is not installed: apt-get install ${server.apt}` };
  await using held = started;
  const result = await run(folder, candidate, [held.address], scale);
  const durable = held.durable ?? true;
  return { name, result, note: durable ? note : 'this version answers before it syncs: not durable, only to compare' };
}

async function run(folder: string, { file }: Candidate, args: string[], scale: PeersScale): Promise<PeerResult> {
  const program = [join(import.meta.dirname, `${file}.ts`), folder, String(scale.count), String(scale.rounds)];
  const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args]);
  return JSON.parse(stdout) as PeerResult;
}

/** The table of all that were measured. */
export function describePeers(rows: readonly PeerRow[]): string {
  const head = row('', '10 senders/s', '100 senders/s', 'consume+ack/s');
  const lines = rows
    .filter(({ result }) => result)
    .map(({ name, result, note }) => {
      const sends = [result?.sends[10], result?.sends[100]].map((rate) => String(Math.round(rate?.perSecond ?? 0)));
      const line = row(name, sends[0] ?? '', sends[1] ?? '', String(Math.round(result?.consumed ?? 0)));
      return note === '' ? line : `${line}   ${note}`;
    });
  return [head, ...lines].join('\n');
}

function row(name: string, ...numbers: string[]): string {
  return `${name.padEnd(42)}${numbers.map((number) => number.padStart(15)).join('')}`;
}
