import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentContainer, Containers } from '#src/daemon/containers/api.ts';
import type { ContainerEnd } from '#src/daemon/containers/engine.ts';
import { createContainers } from '#src/daemon/containers/index.ts';
import type { Writer } from '#src/daemon/db/api.ts';
import { createHost, createUids } from '#src/daemon/host/index.ts';
import { systemClock } from '#src/lib/clock.ts';
import { agentConfig } from '#src/protocol/agent-config.ts';
import { createTestLog, openTestDatabase, type TestDatabase } from '../database.ts';
import { asRoot, nodeDir, TEST_UID } from './place.ts';

/** Stands where the harness stands: takes the nonce, tells what it got, and runs each script that is put into its home. */
const STUB = `
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const nonce = readFileSync(0, 'utf8').trim();
writeFileSync('ready.new', nonce);
execFileSync('mv', ['ready.new', 'ready']);
console.log('ready');
setInterval(() => {
  if (!existsSync('script')) return;
  const script = readFileSync('script', 'utf8');
  rmSync('script');
  if (script.startsWith('exit ')) process.exit(Number(script.slice(5)));
  let said = '';
  try { said = execFileSync('bash', ['-c', script], { encoding: 'utf8' }); } catch (error) { said = error.stdout + 'FAILED'; }
  writeFileSync('answer.new', said);
  execFileSync('mv', ['answer.new', 'answer']);
}, 20);
`;

/** An end as the agents layer is told. */
export interface ToldEnd extends ContainerEnd {
  agent: string;
  session: number;
  byHive: boolean;
}

/** A home with a database and agents' containers that run a stub instead of the harness. */
export interface AgentsPlace extends AsyncDisposable {
  home: string;
  run: string;
  database: TestDatabase;
  containers: Containers;
  ends: ToldEnd[];
  uid(agent: string): number;
  container(agent: string, session: number): AgentContainer;
  /** Adds the session's row, as the broker does before a start. */
  session(agent: string): number;
  state(agent: string, name: string): string;
  /** Stops looking, as a daemon that dies does, and starts anew over the same home. */
  restart(): Promise<Containers>;
}

/** What a test may replace. */
export interface AgentsPlaceOptions {
  writer?: (writer: Writer) => Writer;
}

/** Makes an {@link AgentsPlace}; disposing ends every container. */
export async function makeAgentsPlace(options: AgentsPlaceOptions = {}): Promise<AgentsPlace> {
  const home = mkdtempSync(join(tmpdir(), 'hive-agents-'));
  const run = join(home, 'run');
  const install = join(home, 'install');
  mkdirSync(run, { mode: 0o700 });
  makeInstall(install);
  const host = await createHost({ root: asRoot, hiveId: home.slice(-6) });
  const database = openTestDatabase();
  const writer = options.writer?.(database.writer) ?? database.writer;
  const uids = createUids({ root: asRoot, uid_base: TEST_UID, uid_count: 100 }, writer);
  const known = new Map<string, number>();
  const ends: ToldEnd[] = [];
  const config = { home, run, install, parts: { gitea: '', nodeDir, claudeDir: null } };
  const make = (): Containers =>
    createContainers({
      config,
      writer,
      host,
      uids,
      clock: systemClock,
      log: createTestLog(),
      hooks: { onEnd: (agent, session, end) => void ends.push({ agent, session, ...end }) },
    });
  const place: AgentsPlace = {
    home,
    run,
    database,
    ends,
    containers: make(),
    uid: (agent) => known.get(agent) ?? known.set(agent, TEST_UID + 1 + known.size).get(agent)!,
    container: (agent, session) => ({
      agent,
      session,
      nonce: `nonce-of-${agent}-${session}`,
      uid: place.uid(agent),
      config: agentConfig.parse({ limits: { memory_mb: 512 } }),
    }),
    session: (agent) => addSession(database, agent),
    state: (agent, name) => join(home, 'agents', agent, 'state', name),
    async restart() {
      await place.containers[Symbol.asyncDispose]();
      place.containers = make();
      return place.containers;
    },
    async [Symbol.asyncDispose]() {
      for (const { session } of place.containers.running()) await place.containers.kill(session);
      await place.containers[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return place;
}

function makeInstall(install: string): void {
  mkdirSync(join(install, 'src/harness'), { recursive: true });
  mkdirSync(join(install, 'src/cli'), { recursive: true });
  writeFileSync(join(install, 'src/harness/main.ts'), STUB);
  writeFileSync(join(install, 'src/cli/main.ts'), 'console.log("hive", ...process.argv.slice(2));');
  writeFileSync(join(install, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(import.meta.dirname, '../../../templates'), join(install, 'templates'));
  chmodSync(install, 0o700);
}

function addSession(database: TestDatabase, agent: string): number {
  const insert =
    "INSERT INTO sessions (agent, nonce_hash, state, started_at) VALUES (?, hex(randomblob(8)), 'starting', 0)";
  database.db.prepare("UPDATE sessions SET state = 'ended' WHERE agent = ?").run(agent);
  return Number(database.db.prepare(insert).run(agent).lastInsertRowid);
}
