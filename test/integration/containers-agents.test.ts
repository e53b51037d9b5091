import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { makeAgentsPlace, type AgentsPlace } from '../support/containers/agents.ts';
import { inside, leave, ready } from '../support/containers/inside.ts';
import { asRoot, makePlace } from '../support/containers/place.ts';
import { traces } from '../support/containers/traces.ts';
import { waitUntil } from '../support/wait.ts';

describe("agents' containers", () => {
  let place: AgentsPlace;
  beforeEach(async () => {
    place = await makeAgentsPlace();
  });
  afterEach(async () => {
    await place[Symbol.asyncDispose]();
    assert.deepEqual(traces(place.home), []);
    assert.deepEqual(traces(`hyperhive-${place.home.slice(-6)}`), []);
  });

  async function start(agent: string): Promise<number> {
    const session = place.session(agent);
    await place.containers.start(place.container(agent, session));
    await ready(place, agent);
    return session;
  }

  const row = (session: number): unknown =>
    place.database.db
      .prepare('SELECT exit_code, reason, ended_at IS NOT NULL AS ended FROM containers WHERE session_id = ?')
      .get(session);

  it('show an agent what DESIGN §11 lists, with its name, its socket and its nonce on standard input', async () => {
    const session = await start('alice');
    writeFileSync(join(place.home, 'docs', 'skill.md'), 'be kind');
    writeFileSync(join(place.containers.socketFolder('alice'), 'hive.sock'), '');
    const script = `ls / /agents /agents/alice /opt /run/hive; cat /docs/skill.md; echo; hive send bob hi; node --version
      echo $HIVE_AGENT $HIVE_SOCKET $HOME $PWD; touch /docs/x /opt/hive/x /run/hive/x /agents/alice/x; git --version; id -un; hostname`;
    const said = await inside(place, 'alice', `{ ${script}\n} 2>&1`);
    assert.equal(readFileSync(place.state('alice', 'ready'), 'utf8'), `nonce-of-alice-${session}`);
    for (const expected of [
      /^\/agents:\nalice$/m,
      /^\/agents\/alice:\nharness\nstate$/m,
      /^\/opt:\nbin\nhive\nnode$/m,
      /^\/run\/hive:\nhive\.sock$/m,
      /^be kind$/m,
      /^hive send bob hi$/m,
      new RegExp(`^${process.version}$`, 'm'),
      /^alice \/run\/hive\/hive\.sock \/agents\/alice\/state \/agents\/alice\/state$/m,
      /^git version/m,
      /^agent\nalice$/m,
    ]) {
      assert.match(said, expected);
    }
    assert.equal(said.match(/Read-only file system/g)?.length, 4, said);
    assert.equal(readFileSync(place.containers.logFile('alice'), 'utf8'), 'ready\n');
  });

  it('share /shared between agents and keep everything else apart', async () => {
    await start('alice');
    await start('bob');
    await inside(place, 'alice', 'mkdir /shared/plans && echo first >/shared/plans/one && echo secret >~/secret');
    const said = await inside(
      place,
      'bob',
      'echo second >>/shared/plans/one; cat /shared/plans/one; rm -r /shared/plans; ls /agents',
    );
    assert.equal(said, 'first\nsecond\nbob\n');
  });

  it('belong to their agent where it may write and to the daemon where it may not', async () => {
    await place.containers.ensureFolders('alice', place.uid('alice'));
    await place.containers.ensureFolders('alice', place.uid('alice'));
    const owner = (path: string): [number, number, string] => {
      const { uid, gid, mode } = statSync(path);
      return [uid, gid, (mode & 0o7777).toString(8)];
    };
    const own = asRoot ? place.uid('alice') : process.getuid!();
    const daemon = process.getuid!();
    const group = asRoot ? own : process.getgid!();
    const agent = join(place.home, 'agents', 'alice');
    assert.deepEqual(owner(join(agent, 'state')), [own, group, '700']);
    assert.deepEqual(owner(join(agent, 'harness')), [own, group, '700']);
    assert.deepEqual(owner(agent), [daemon, process.getgid!(), '711']);
    assert.deepEqual(owner(place.containers.socketFolder('alice')), [daemon, group, '750']);
    assert.equal(owner(join(place.home, 'shared'))[2], '2770');
  });

  it('tell their end once, with the exit code, and leave the records clean', async () => {
    const session = await start('alice');
    assert.deepEqual(place.containers.running(), [{ agent: 'alice', session, pid: place.containers.pid(session) }]);
    leave(place, 'alice', 5);
    await waitUntil('the end to be told', () => place.ends.length);
    const end = { exitCode: 5, reason: 'exited with code 5' };
    assert.deepEqual(place.ends, [{ agent: 'alice', session, ...end, byHive: false }]);
    assert.deepEqual(row(session), { exit_code: 5, reason: end.reason, ended: 1 });
    assert.deepEqual(readdirSync(join(place.home, 'containers')), []);
    assert.deepEqual(await place.containers.kill(session), end);
    assert.equal(place.ends.length, 1);
  });

  it('stop when asked, and are killed when they do not', async () => {
    const session = await start('alice');
    assert.equal((await place.containers.stop(session, 10_000)).exitCode, 143);
    const deaf = await start('bob');
    const { pid } = place.containers.running()[0]!;
    const harness = readdirSync('/proc').find((name) => /^\d+$/.test(name) && parentOf(name) === pid);
    process.kill(Number(harness), 'SIGSTOP');
    assert.equal((await place.containers.stop(deaf, 200)).exitCode, 137);
    assert.deepEqual(
      place.ends.map(({ agent, reason, byHive }) => [agent, reason, byHive]),
      [
        ['alice', 'stopped by the hive', true],
        ['bob', 'stopped by the hive', true],
      ],
    );
  });

  it('are found again by a restarted daemon: running, ended meanwhile, ended but not told', async () => {
    const alice = await start('alice');
    const bob = await start('bob');
    const zoe = await start('zoe');
    await place.containers.kill(zoe);
    const gone = place.containers.pid(bob)!;
    place.ends.length = 0;
    const containers = await place.restart();
    leave(place, 'bob', 42);
    await waitUntil('bob to end unseen', () => parentOf(String(gone)) === null);
    assert.deepEqual(await containers.adopt(), [{ agent: 'alice', session: alice, pid: containers.pid(alice) }]);
    assert.deepEqual(
      place.ends.map(({ agent, exitCode, byHive }) => [agent, exitCode, byHive]),
      [
        ['zoe', 137, true],
        ['bob', 42, false],
      ],
    );
    assert.equal((await inside(place, 'alice', 'echo still here')).trim(), 'still here');
    leave(place, 'alice', 3);
    await waitUntil('alice to be told', () => place.ends.find(({ session }) => session === alice)?.exitCode === 3);
  });

  it('do not run on when nobody recorded them', async () => {
    const other = await makePlace(place.home);
    await place.containers.ensureFolders('alice', place.uid('alice'));
    const spec = { ...other.spec('ghost-9', 'sleep 300'), recordDir: join(place.home, 'containers', 'ghost-9') };
    await other.engine.start(spec);
    await place.containers.adopt();
    assert.deepEqual(traces('ghost-9'), []);
    assert.deepEqual(readdirSync(join(place.home, 'containers')), []);
  });
});

describe('a container whose start cannot be recorded', () => {
  it('is ended at once', async () => {
    const place = await makeAgentsPlace({
      writer: (writer) => ({
        ...writer,
        read: (query) => writer.read(query),
        write: () => Promise.reject(new Error('disk full')),
      }),
    });
    const session = place.session('alice');
    await assert.rejects(place.containers.start(place.container('alice', session)), /disk full/);
    assert.deepEqual(place.containers.running(), []);
    await place[Symbol.asyncDispose]();
    assert.deepEqual(traces(place.home), []);
  });
});

function parentOf(pid: string): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : Number(parent);
  } catch {
    return null;
  }
}
