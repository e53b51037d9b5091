import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { createServer, connect, type Server } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { methods } from '#src/protocol/methods/index.ts';
import { runInside, shellInside } from '../support/agent-shell.ts';
import { type Hive, startHive } from '../support/hive.ts';
import { searchInside, secretsOf } from '../support/mallory/canaries.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import { waitUntil } from '../support/wait.ts';

const MODEL_KEY = `sk-ant-canary-${randomBytes(16).toString('hex')}`;
const ALICES_NOTE = `alice only: ${randomBytes(16).toString('hex')}`;
const ROOT_ONLY = process.getuid?.() === 0 ? false : 'agents have a host user of their own only under root';

let hive: Hive;
let stack: AsyncDisposableStack;

/** What mallory's container prints, line by line. */
async function mallory(script: string): Promise<string[]> {
  const { out, err } = await shellInside(hive, 'mallory', script);
  return `${out}${err}`.trim().split('\n');
}

/** How a program of mallory's fares that tries to connect: `open`, or the code it gets. */
async function malloryConnects(to: object): Promise<string> {
  const program = `
    const socket = require('node:net').connect(${JSON.stringify(to)});
    socket.on('connect', () => { console.log('open'); socket.destroy(); }).on('error', ({ code }) => console.log(code));
    socket.setTimeout(5000, () => { console.log('silence'); socket.destroy(); });`;
  const { out, err } = await runInside(hive, 'mallory', ['/opt/node/bin/node', '-e', program]);
  return (out || err).trim();
}

async function hostConnects(to: { port: number; host: string } | { path: string }): Promise<string> {
  const socket = connect(to);
  await once(socket, 'connect');
  socket.destroy();
  return 'open';
}

async function listen(to: { port: number; host: string } | { path: string }): Promise<Server> {
  const server = createServer((socket) => socket.end());
  stack.defer(() => void server.close());
  server.listen(to);
  await once(server, 'listening');
  return server;
}

before(async () => {
  stack = new AsyncDisposableStack();
  const model = stack.use(await startScriptedModel());
  hive = stack.use(await startHive({ claude: true, models: { anthropic: model.url } }));
  // As `hive up` makes it: only the files and folders below keep others out.
  await chmod(hive.home, 0o711);
  await hive.call(methods.loginSet, { provider: 'anthropic', kind: 'api_key', value: MODEL_KEY });
  await hive.addAgent('alice');
  await hive.addAgent('mallory', { runtime: 'claude', model: 'claude-sonnet-5-5' });
  await shellInside(hive, 'alice', `echo "${ALICES_NOTE}" > ~/note; git ls-remote $HIVE_FORGE/org-shared/docs`);
  await shellInside(hive, 'mallory', 'git ls-remote $HIVE_FORGE/org-shared/docs');
});
after(() => stack.disposeAsync());

test('she looks for a network: there is loopback and nothing else', async () => {
  const seen = await mallory(
    "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; tail -n +2 /proc/net/route; ls /sys 2>&1",
  );
  assert.deepEqual(seen, ['lo', "ls: cannot access '/sys': No such file or directory"]);
  for (const host of ['169.254.169.254', '8.8.8.8'])
    assert.equal(await malloryConnects({ host, port: 80 }), 'ENETUNREACH');
  const vsock =
    'import socket\ntry: socket.socket(40, socket.SOCK_STREAM); print("made")\nexcept OSError as e: print(e.errno)';
  assert.notEqual((await mallory(`python3 -c '${vsock}'`)).join(), 'made');
});

test("she knocks at the host's ports: only the forge's answers, and that is the edge's", async () => {
  const server = await listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as { port: number };
  const name = `\0hive-test-${randomBytes(8).toString('hex')}`;
  await listen({ path: name });
  for (const to of [{ host: '127.0.0.1', port }, { path: name }]) {
    assert.equal(await hostConnects(to), 'open', 'it does listen on the host');
    assert.equal(await malloryConnects(to), 'ECONNREFUSED');
  }
  const dashboard = Number(new URL(hive.urls.dashboard).port);
  assert.equal(await hostConnects({ host: '127.0.0.1', port: dashboard }), 'open');
  for (const host of ['127.0.0.1', 'localhost'])
    assert.equal(await malloryConnects({ host, port: dashboard }), 'ECONNREFUSED');
  assert.equal(await malloryConnects({ host: '127.0.0.1', port: Number(new URL(hive.urls.forge).port) }), 'open');
});

test('she looks for power: no process of hers has a capability, can gain one, or runs without the filter', async () => {
  const lines = await mallory(
    "cat /proc/[0-9]*/status | grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid)' | sort -u | tr -s '\\t ' ' '",
  );
  const zero = ['Amb', 'Bnd', 'Eff', 'Inh', 'Prm'].map((set) => `Cap${set}: 0000000000000000`);
  assert.deepEqual(lines, [...zero, 'NoNewPrivs: 1', 'Seccomp: 2', 'Uid: 1000 1000 1000 1000']);
  assert.ok(!(await mallory('cat /proc/self/uid_map'))[0]?.trim().startsWith('0 '), 'nobody is root inside');
  const attempts = [
    'unshare -Ur true',
    'mount -t tmpfs tmpfs /tmp',
    'python3 -c "import os; os.setuid(0)"',
    'echo x > /proc/sys/kernel/core_pattern',
    'echo x > /opt/hive/src/harness/main.ts',
    'touch /docs/x || exit 1',
    'touch /usr/bin/x',
    'touch /etc/x',
    'mkdir /run/hive/x',
    'rm /run/hive/hive.sock',
    'mknod /tmp/disk b 8 0',
  ];
  for (const attempt of attempts) {
    const { code, err } = await shellInside(hive, 'mallory', attempt);
    assert.notEqual(code, 0, attempt);
    assert.match(err, /permitted|denied|Read-only|must be superuser|Invalid argument/i, attempt);
  }
  assert.equal(
    (await shellInside(hive, 'mallory', 'touch ~/mine && touch /tmp/mine')).code,
    0,
    'her own folders are hers',
  );
});

test("she looks for the others: their folders and sockets, the operator's and the dashboard's are not there", async () => {
  const atRoot = (await mallory('ls -A /')).filter((name) => !/^(?:bin|sbin|lib.*)$/.test(name));
  assert.deepEqual(atRoot, ['agents', 'dev', 'docs', 'etc', 'opt', 'proc', 'run', 'shared', 'tmp', 'usr', 'var']);
  const mounts = (await mallory("cut -d' ' -f5 /proc/self/mountinfo")).filter(
    (path) => !/^\/(?:usr|etc|dev|opt)\b/.test(path),
  );
  const hers = ['/agents/mallory/harness', '/agents/mallory/state'];
  assert.deepEqual(mounts.toSorted(), ['/', ...hers, '/docs', '/proc', '/run', '/run/hive', '/shared', '/tmp']);
  assert.deepEqual(await mallory('ls /agents; ls -A /run /run/hive'), [
    'mallory',
    '/run:',
    'hive',
    '',
    '/run/hive:',
    'hive.sock',
  ]);
  const { out } = await shellInside(
    hive,
    'mallory',
    'find / -xdev -name "*.sock" 2>/dev/null; find /run /tmp /agents /shared /var -type s',
  );
  assert.deepEqual([...new Set(out.trim().split('\n'))], ['/run/hive/hive.sock']);
  const escapes = [
    '/agents/mallory/state/../../alice/state/note',
    `${hive.home}/agents/alice/state/note`,
    `${hive.run}/host.sock`,
  ];
  for (const path of escapes) assert.notEqual((await shellInside(hive, 'mallory', `stat ${path}`)).code, 0, path);
  for (const pid of [hive.pid, process.pid])
    assert.deepEqual(
      await mallory(`kill -0 ${pid} 2>&1 | grep -c "No such process"`),
      ['1'],
      'no process of the host is seen',
    );
  assert.equal((await shellInside(hive, 'alice', 'cat ~/note')).out.trim(), ALICES_NOTE, 'it is there for alice');
});

test(
  "she breaks out as her host user: others' state, sockets, messages and secrets stay shut",
  { skip: ROOT_ONLY },
  async () => {
    const row = (name: string) =>
      hive.rows<{ uid: number }>('SELECT uid FROM agents WHERE name = ?', name)[0]?.uid ?? 0;
    const as = (uid: number, argv: string[], input = '') =>
      execa('setpriv', ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--', ...argv], {
        input,
        cwd: '/',
        reject: false,
      });
    const [her, his] = [row('mallory'), row('alice')];
    assert.ok(her > 0 && his > 0 && her !== his, 'each has a uid of its own');
    const own = await as(his, ['cat', `${hive.home}/agents/alice/state/note`]);
    assert.equal(own.stdout, ALICES_NOTE, 'as alice it can be read');

    // Names are no secret: she knows every path, also below folders that she cannot list.
    const { stdout: paths } = await execa('find', [hive.home, hive.run, '-type', 'f', '-o', '-type', 's']);
    const program = 'while read -r path; do if [ -r "$path" ] || [ -w "$path" ]; then echo "$path"; fi; done';
    const { stdout } = await as(her, ['bash', '-c', program], paths);
    const reached = stdout.split('\n').map((path) => path.replace(hive.home, '').replace(hive.run, '<run>'));
    const hers = /^(?:\/agents\/mallory\/|<run>\/agents\/mallory\/hive\.sock$)/;
    const meant = /^\/(?:(?:config|setup)\.json$|forge\/conf\/|docs\/)/;
    assert.deepEqual(
      reached.filter((path) => !hers.test(path) && !meant.test(path)),
      [],
    );
    for (const own of ['/agents/mallory/state/mine', '<run>/agents/mallory/hive.sock'])
      assert.ok(reached.includes(own), `her own ${own} is within reach`);
  },
);

test('she looks for keys, tokens, passwords and nonces in every file, environment, command line and open file', async () => {
  // Her runtime stays warm after a turn: what Claude Code was given is looked through as well.
  await hive.call(methods.send, { to: 'mallory', body: 'hello' });
  await waitUntil(
    'her turn has ended',
    async () => (await hive.call(methods.agentShow, { name: 'mallory' })).turns[0]?.outcome,
    60_000,
  );
  const canaries = { ...secretsOf(hive), 'model key': MODEL_KEY, "alice's note": ALICES_NOTE };
  const names = Object.keys(canaries);
  for (const expected of ['key', 'hook-secret', 'forge-root-password', 'operator-password', 'INTERNAL_TOKEN'])
    assert.ok(names.includes(expected), expected);
  for (const agent of ['alice', 'mallory'])
    assert.ok(
      names.some((name) => /token/.test(name) && name.endsWith(agent)),
      agent,
    );

  const { found, files, processes } = await searchInside(hive, 'mallory', canaries);
  assert.deepEqual(found, []);
  assert.ok(files > 30 && processes >= 4, `${files} files and ${processes} processes were looked through`);
  const claude = await mallory(
    'tr "\\0" " " < /proc/[0-9]*/cmdline | grep -ac /opt/claude; cat /proc/[0-9]*/cmdline | grep -ac /opt/claude',
  );
  assert.ok(claude.includes('1'), 'Claude Code was among them');
});

test('the search finds what is there: a file, an environment, a command line, a deleted open file', async () => {
  const planted = randomBytes(16).toString('hex');
  const program = `
    exec 9> /tmp/gone; printf %s "$PLANTED" | base64 >&9; rm /tmp/gone
    { printf 'x%.0s' {1..5000000}; printf %s "$PLANTED"; } > ~/big
    touch ~/planted; while [ -e ~/planted ]; do sleep 0.1; done`;
  const running = runInside(hive, 'mallory', ['env', `PLANTED=${planted}`, 'bash', '-c', program, planted]);
  await shellInside(hive, 'mallory', 'until [ -e ~/planted ]; do sleep 0.1; done');
  const { found } = await searchInside(hive, 'mallory', { planted });
  await shellInside(hive, 'mallory', 'rm ~/planted ~/big');
  assert.equal((await running).code, 0);
  const places = found.map(({ where }) => where.replace(/\d+/g, 'N'));
  for (const place of ['/agents/mallory/state/big', '/proc/N/environ', '/proc/N/cmdline', '/proc/N/fd/N'])
    assert.ok(places.includes(place), `${place} in ${places.join(' ')}`);
});
