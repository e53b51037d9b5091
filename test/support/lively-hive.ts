import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { methods } from '#src/protocol/methods/index.ts';
import type { Hive } from './hive.ts';
import { inContainer } from './in-container.ts';
import { waitUntil } from './wait.ts';

/** Who works here: name, role, what each said of itself, tokens the edge metered today. */
const STAFF: [name: string, role: string, status: string, tokens: number][] = [
  ['alice', 'backend', 'Importer: reading the new columns', 860_400],
  ['bob', 'reviews everything', '', 410_200],
  ['dora', 'docs and release notes', 'Changelog is up to date', 96_000],
  ['ci-watch', 'looks after failed builds', '', 22_700],
];
/** What alice’s turns run: it works as long as the hive lives. */
const LONG_WORK = ['./importer/run-tests.sh', '--only', 'columns'];

/** Fills a hive with a team in the middle of its work: talk, asks, a turn under way, a pause, a refusal. */
export async function makeLively(hive: Hive): Promise<void> {
  for (const [name, role] of STAFF) {
    await hive.addAgent(name, { role, ...(name === 'alice' && { command: LONG_WORK }) });
  }
  await inContainer(hive, 'alice', [
    'sh',
    '-c',
    `mkdir importer && printf '#!/bin/sh\\nexec sleep 600\\n' >${LONG_WORK[0]} && chmod +x ${LONG_WORK[0]}`,
  ]);
  for (const [name, , status] of STAFF) if (status) await setStatus(hive, name, status);
  await setStatus(hive, 'manager', 'Release 2.4: waiting for the importer');
  meter(hive, [...STAFF.map(([name, , , tokens]): [string, number] => [name, tokens]), ['manager', 1_240_300]]);
  await talk(hive);
  await hive.call(methods.setPaused, { name: 'ci-watch', paused: true });
  await hive.call(methods.send, {
    to: 'ci-watch',
    body: 'The nightly build of `site` is red again. Please look when you are back.',
  });
  await inContainer(hive, 'dora', ['sh', '-c', 'curl -sS -o /dev/null -m 5 https://fonts.example.org/ || true']);
  await askOperator(hive);
  age(hive);
  await waitUntil('alice works', async () =>
    (await hive.agents()).find(({ name, state }) => name === 'alice' && state === 'working'),
  );
}

async function talk(hive: Hive): Promise<void> {
  const say = (from: string, to: string, body: string): Promise<string> =>
    inContainer(hive, from, ['hive', 'send', to, body]);
  await hive.call(methods.send, {
    to: 'manager',
    body: 'Can we ship **2.4** today? The importer must read the new bank columns first.',
  });
  await say('manager', '*', 'Freeze for 2.4 starts now: only fixes on `release/2.4`, please.');
  await inContainer(hive, 'bob', [
    'hive',
    'ask',
    '--to',
    'alice',
    'Is `parseHeader` called for every chunk or once per file?',
  ]);
  await inContainer(hive, 'alice', ['hive', 'answer', '1', 'Once per file.']);
  await say(
    'bob',
    'dora',
    'Read the upgrade guide. One change, please: an unknown column is an **error that names the column** since today, it is no longer skipped.\n\n```\nline 1: unknown column "valeu_date"\n```',
  );
  await say('dora', 'bob', 'Right, thanks. Pushed, with that message as the example.');
  await say('bob', 'dora', 'Approved. Nice wording.');
  await say('manager', 'operator', 'On it. Alice takes the importer, Bob reviews. I come back when it is merged.');
  await say(
    'manager',
    'alice',
    'Please make `importer` accept the columns **value_date** and **counterparty**:\n\n1. map both in `columns.go`\n2. keep old files working\n3. a test with both samples from `org-shared/space`',
  );
}

async function askOperator(hive: Hive): Promise<void> {
  const release =
    'Release 2.4 is ready but for the importer. **Wait for Alice** (about 20 minutes) or ship without the new columns?';
  const options = ['Wait for Alice', 'Ship without', 'Move 2.4 to tomorrow'].flatMap((option) => ['--option', option]);
  await inContainer(hive, 'manager', ['hive', 'ask', release, ...options, '--deadline', '2h']);
  const report =
    'Old files have no `counterparty`. Leave it empty, or fill in “unknown”? It shows in the monthly report.';
  await inContainer(hive, 'alice', ['hive', 'ask', report]);
  await waitUntil('the asks are on the forge', async () => {
    const { threads } = await hive.call(methods.threadsList, {});
    return threads.length === 3 && threads.every(({ url }) => url !== null);
  });
}

/** No runtime that thinks runs here, so its one-line status is set as its MCP tool would. */
async function setStatus(hive: Hive, agent: string, status: string): Promise<void> {
  const lines = [
    { hive: 1, service: 'rpc' },
    { cmd: 'set_status', text: status },
  ].map((line) => `${JSON.stringify(line)}\n`);
  const script = `
    const socket = require('node:net').connect(process.env.HIVE_SOCKET, () => socket.write(process.argv[1]));
    let said = '';
    socket.on('data', (data) => (said += data).split('\\n').length > 2 && socket.end());
    socket.on('close', () => (process.exitCode = said.includes('"ok":false') ? 1 : 0));`;
  await inContainer(hive, agent, ['node', '-e', script, lines.join('')]);
}

/** Rows as the edge writes them for model calls: pictures need them, and no model is asked here. */
function meter(hive: Hive, tokens: [agent: string, tokens: number][]): void {
  write(hive, (db) => {
    const insert = db.prepare(
      `INSERT INTO usage (agent, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, complete, at)
       VALUES (?, 'claude-sonnet-4-5', 0, ?, 0, 0, 1, ?)`,
    );
    for (const [agent, count] of tokens) insert.run(agent, count, Date.now());
  });
}

/** Spreads what was just said over the last half hour, so that a picture shows a day and not a test. */
function age(hive: Hive): void {
  write(hive, (db) => {
    const { last } = db.prepare('SELECT max(id) AS last FROM messages').get() as { last: number };
    const earlier = (column: string, message: string): string =>
      `${column} = ${column} - (${last} + 1 - ${message}) * 150000`;
    const sqls = [
      `UPDATE messages SET ${earlier('created_at', 'id')}`,
      `UPDATE deliveries SET ${earlier('changed_at', 'message_id')}`,
      `UPDATE asks SET ${earlier('asked_at', '(SELECT min(id) FROM messages WHERE ask_id = asks.id)')}`,
      `UPDATE asks SET ${earlier('answered_at', '(SELECT max(id) FROM messages WHERE ask_id = asks.id)')}`,
      'UPDATE turns SET started_at = started_at - 840000, ended_at = ended_at - 780000',
      'UPDATE refused_egress SET at = at - 660000',
    ];
    for (const sql of sqls) db.prepare(sql).run();
  });
}

function write(hive: Hive, act: (db: Sqlite.Database) => void): void {
  const db = new Sqlite(join(hive.home, 'hive.db'), { timeout: 5000 });
  try {
    act(db);
  } finally {
    db.close();
  }
}
