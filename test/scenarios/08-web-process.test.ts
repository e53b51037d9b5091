import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { createHost } from '#src/daemon/host/index.ts';
import { webSandbox } from '#src/daemon/web-process/sandbox.ts';
import { connect } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

const INSTALL = resolve(import.meta.dirname, '../..');
const root = process.getuid?.() === 0;

let hive: Hive;
before(async () => {
  hive = await startHive();
});
after(() => hive[Symbol.asyncDispose]());

interface Ports {
  port: number;
  forge_port: number;
  uid_base: number;
}

/** Runs code where the web process runs: same sandbox, same user, without Node's permission model, as after a break-in. */
async function asWebProcess(script: string, ...flags: string[]): Promise<Record<string, string>> {
  const ports = JSON.parse(readFileSync(join(hive.home, 'config.json'), 'utf8')) as Ports;
  const { node } = JSON.parse(readFileSync(join(hive.home, 'setup.json'), 'utf8')) as { node: { dir: string } };
  const [row] = hive.rows<{ uid: number }>("SELECT uid FROM service_uids WHERE service = 'web'");
  const config = {
    install: INSTALL,
    run: hive.run,
    hiveId: '0123abcd',
    parts: { nodeDir: node.dir, gitea: '', claudeDir: null },
  };
  const spec = webSandbox({
    config: { ...config, ...ports },
    passwordFile: '',
    uid: root ? row!.uid : null,
    listeners: [],
  });
  const host = await createHost({ root, hiveId: '0123abcd' });
  const argv = ['/opt/node/bin/node', ...flags, '--input-type=module', '-e', script];
  const child = host.launchSandbox({ ...spec, argv, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')]);
  assert.notEqual(out, '', err);
  return JSON.parse(out) as Record<string, string>;
}

/** Tries each and says how it ended. */
const TRY = `
  import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
  import { connect } from 'node:net';
  import { spawnSync } from 'node:child_process';
  const found = {};
  const attempt = async (name, act) => {
    try { found[name] = String(await act()).slice(0, 200); } catch (error) { found[name] = error.code ?? String(error); }
  };
  const dial = (to) => new Promise((resolve, reject) => connect(to).once('connect', () => resolve('open')).once('error', reject));`;

test('S14: code that runs as the web process finds no database, secret, socket or network', async () => {
  const outside = [
    ...[hive.home, join(hive.home, 'hive.db'), join(hive.home, 'secrets/operator-password')],
    ...['/etc/shadow', '/root', '/var/lib', INSTALL === '/opt/hive' ? '/nowhere' : INSTALL],
  ];
  const script = `${TRY}
    for (const path of ${JSON.stringify(outside)}) await attempt(path, () => readFileSync(path));
    for (const path of ['/opt/hive/src', '/opt/hive', '/run/hive', '/tmp']) await attempt(path, () => readdirSync(path).sort());
    for (const name of ['host.sock', 'agents/manager/hive.sock']) await attempt(name, () => dial({ path: '/run/hive/' + name }));
    await attempt('run folder', () => dial({ path: ${JSON.stringify(join(hive.run, 'host.sock'))} }));
    await attempt('forge', () => dial({ host: '127.0.0.1', port: ${new URL(hive.urls.forge).port} }));
    await attempt('outside', () => dial({ host: '192.0.2.1', port: 80 }));
    await attempt('write', () => writeFileSync('/opt/hive/src/web/main.ts', ''));
    await attempt('status', () => readFileSync('/proc/self/status'));
    console.log(JSON.stringify({ ...found, status: readFileSync('/proc/self/status', 'utf8') }));`;
  const { status, ...found } = await asWebProcess(script);
  for (const path of outside) assert.match(found[path]!, /^(ENOENT|EACCES|EISDIR)$/, path);
  assert.deepEqual([found['/opt/hive/src'], found['/run/hive'], found['/tmp']], ['lib,protocol,web', 'web.sock', '']);
  assert.equal(found['/opt/hive'], 'node_modules,package.json,src,templates');
  assert.deepEqual(
    [found['host.sock'], found['agents/manager/hive.sock'], found['run folder']],
    ['ENOENT', 'ENOENT', 'ENOENT'],
  );
  assert.equal(found['forge'], 'ECONNREFUSED');
  assert.match(found['outside']!, /^(ENETUNREACH|EACCES|EPERM)$/);
  assert.match(found['write']!, /^(EROFS|EACCES)$/);
  assert.match(status!, /^CapEff:\t0+$/m);
  assert.match(status!, /^NoNewPrivs:\t1$/m);
  assert.match(status!, /^Seccomp:\t2$/m);
});

test('S14: Node itself refuses the web process every file but its code, and every child', async () => {
  const script = `${TRY}
    await attempt('passwd', () => readFileSync('/etc/passwd'));
    await attempt('proc', () => readFileSync('/proc/self/environ'));
    await attempt('code', () => readFileSync('/opt/hive/package.json').length > 0);
    await attempt('child', () => spawnSync('/bin/true').error ?? 'ran');
    console.log(JSON.stringify(found));`;
  const found = await asWebProcess(script, '--permission', '--allow-fs-read=/opt/hive/');
  assert.deepEqual(found, {
    passwd: 'ERR_ACCESS_DENIED',
    proc: 'ERR_ACCESS_DENIED',
    code: 'true',
    child: 'ERR_ACCESS_DENIED',
  });
});

test('S18: the running web process is confined in the same way', async () => {
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isWebOf(name, hive.pid));
  assert.ok(pid, 'the web process');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  for (const line of [/^CapEff:\t0+$/m, /^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m]) assert.match(status, line);
  if (root) assert.doesNotMatch(status, /^Uid:\t0\t/m);
  assert.notEqual(readlinkSync(`/proc/${pid}/ns/net`), readlinkSync('/proc/self/ns/net'));
  assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'utf8'), new RegExp(hive.password()));
});

/** Whether process `pid` is the dashboard below daemon `ancestor`. */
function isWebOf(pid: string, ancestor: number): boolean {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/opt/node/bin/node\0--permission')) return false;
    for (let at = pid; at !== '0'; at = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? '0')
      if (Number(at) === ancestor) return true;
  } catch {
    return false;
  }
  return false;
}

test('S30: on web.sock nothing that widens reach exists, and nothing at all without a good session', async () => {
  await using client = await connect(join(hive.run, 'web.sock'));
  const raw = async (cmd: string, session?: string): Promise<string> => {
    const method = Object.values(methods).find((found) => found.cmd === cmd)!;
    // An input of no shape shows that the caller is judged before the input.
    return client.call(method, { unknown: true } as never, session === undefined ? {} : { session }).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  };
  for (const method of Object.values(methods)) {
    if (method.anonymous) continue;
    assert.equal(await raw(method.cmd), 'forbidden', `${method.cmd} without a session`);
    assert.equal(await raw(method.cmd, 'a-session-nobody-has'), 'forbidden', `${method.cmd} with a wrong session`);
  }
  const allowed = Object.values(methods).filter((method) => (method.callers as readonly string[]).includes('web'));
  assert.deepEqual(allowed.map(({ cmd }) => cmd).toSorted(), [
    ...[
      'agent_show',
      'agents_list',
      'answer',
      'dead_dismiss',
      'dead_list',
      'dead_retry',
      'inbox',
      'messages',
      'overview',
    ],
    ...['parked_list', 'parked_release', 'reminders_list', 'send', 'set_paused', 'sign_in_begin', 'sign_in_finish'],
    ...['sign_out', 'status', 'subscribe', 'thread_show', 'threads_list'],
  ]);
});

test('a web process that is killed comes back on the same address', async () => {
  const up = (): Promise<boolean> =>
    fetch(`${hive.urls.dashboard}/sign-in`).then(
      (answer) => answer.ok,
      () => false,
    );
  assert.equal(await up(), true);
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isWebOf(name, hive.pid));
  process.kill(Number(pid), 'SIGKILL');
  await waitUntil('it is gone', async () => !(await up()));
  await waitUntil('it is back', up);
  await waitUntil('the daemon says so', async () => (await hive.call(methods.status, {})).web.state === 'up');
});
