import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createLimitGroups } from '#src/daemon/host/cgroups/index.ts';
import Sqlite from 'better-sqlite3';
import { PollingServer } from '../support/polling.ts';

const LIMIT_MIB = 256;
const SENDERS = 40;
/** Calls that each sender has under way at once: together 150 MiB of texts. */
const AT_ONCE = 64;
const ROUNDS = 3;
const TEXT = 'x'.repeat(60_000);

const groups = createLimitGroups(`f15-${process.pid}`, '/sys/fs/cgroup');
const skip = groups.unenforced().some((what) => what.startsWith('memory'))
  ? 'no memory control group can be made here'
  : false;

interface Tally {
  confirmed: number[];
  refused: number;
  others: string[];
}

/** Opens a connection of an agent and reads its answers. */
async function open(server: PollingServer, agent: string): Promise<{ socket: Socket; lines: AsyncIterator<string> }> {
  const socket = connect(server.socketOf(agent));
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.write('{"hive":1,"service":"rpc"}\n');
  await lines.next();
  return { socket, lines };
}

/** Sends {@link AT_ONCE} messages without waiting and takes the answers, again and again. */
async function flood(server: PollingServer, index: number, tally: Tally): Promise<void> {
  const { socket, lines } = await open(server, `a${index}`);
  for (let round = 0; round < ROUNDS; round++) {
    for (let call = 0; call < AT_ONCE; call++)
      socket.write(`${JSON.stringify({ call, cmd: 'send', to: `a${(index + 1) % SENDERS}`, body: TEXT })}\n`);
    for (let call = 0; call < AT_ONCE; call++) note((await lines.next()).value as string, tally);
  }
  socket.destroy();
}

function note(line: string, tally: Tally): void {
  const answer = JSON.parse(line) as { ok: boolean; id?: number; code?: string; retry?: boolean };
  if (answer.ok) tally.confirmed.push(answer.id ?? 0);
  else if (answer.code === 'limited' && answer.retry) tally.refused++;
  else tally.others.push(line);
}

test(
  'F15: a flood in 256 MiB of memory is refused before memory runs out, and what was confirmed is there',
  { skip },
  async () => {
    await using server = new PollingServer(SENDERS);
    const { folders } = groups.create('flooded', { memoryMb: LIMIT_MIB, processes: 1000, cpuPercent: 1000 });
    try {
      await server.start(folders);
      const tally: Tally = { confirmed: [], refused: 0, others: [] };
      await Promise.all(Array.from({ length: SENDERS }, (_, index) => flood(server, index, tally)));

      assert.equal(groups.oomKills(folders), 0);
      assert.deepEqual(tally.others, []);
      assert.ok(tally.refused > 0, 'some were told to try again');
      assert.ok(tally.confirmed.length > AT_ONCE, `${tally.confirmed.length} were stored`);
      assert.match(readFileSync(`/proc/${server.pid}/status`, 'utf8'), /^State:\s+[SR]/m);
      await server.kill();
      const db = new Sqlite(join(server.folder, 'hive.db'));
      assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
      const stored = new Set(db.prepare<[], number>('SELECT id FROM messages').pluck().all());
      db.close();
      assert.deepEqual(
        tally.confirmed.filter((id) => !stored.has(id)),
        [],
      );
    } finally {
      await server.kill();
      await groups.remove(folders);
    }
  },
);
