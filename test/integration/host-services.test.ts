import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { Host, SandboxSpec } from '#src/daemon/host/api.ts';
import { createHost } from '#src/daemon/host/index.ts';
import { asRoot, nodeDir, TEST_UID } from '../support/containers/place.ts';
import { traces } from '../support/containers/traces.ts';
import { waitUntil } from '../support/wait.ts';

describe('services of the hive in sandboxes', () => {
  let dir: string;
  let host: Host;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'hive-services-'));
    host = await createHost({ root: asRoot, hiveId: 'services' });
  });
  after(() => {
    rmSync(dir, { recursive: true, force: true });
    assert.deepEqual(traces(dir), []);
  });

  const node = (program: string, changes: Partial<SandboxSpec>): SandboxSpec => ({
    argv: ['/opt/node/bin/node', '-e', program],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    uid: asRoot ? TEST_UID : null,
    groups: [],
    innerUid: 1000,
    innerUser: 'service',
    hostname: 'service',
    network: 'none',
    binds: [
      { source: nodeDir, target: '/opt/node', writable: false },
      { source: dir, target: '/data', writable: false },
    ],
    seccomp: true,
    dieWithParent: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...changes,
  });

  async function firstLine(child: ChildProcess): Promise<string> {
    for await (const line of createInterface(child.stdout!)) return line;
    throw new Error('it said nothing');
  }

  it('serve a listener that was handed over, without a network of their own', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    // oxlint-disable-next-line no-underscore-dangle -- Node has no other way to a listener's descriptor (FACTS/containers §10)
    const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
    const program = `
      const http = require('node:http');
      http.createServer((_, answer) => require('node:net').connect(${port}, '127.0.0.1').on('error', (e) => answer.end(e.code)))
        .listen({ fd: 3 }, () => console.log('up'));`;
    const child = host.launchSandbox(node(program, { stdio: ['ignore', 'pipe', 'inherit', fd] }));
    listener.close();
    assert.equal(await firstLine(child), 'up');
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await answer.text(), 'ECONNREFUSED');
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });

  it('listen on the loopback of the host when they are given it, and end gracefully when asked', async () => {
    const program = `
      process.on('SIGTERM', () => { process.exitCode = 9; server.close(); });
      const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));`;
    const child = host.launchSandbox(node(program, { network: 'host', seccomp: false }));
    const port = Number(await firstLine(child));
    const probe = createServer();
    probe.listen(port, '127.0.0.1');
    const [error] = (await once(probe, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'EADDRINUSE');
    const gone = once(child, 'exit');
    host.processes.signalSandbox(child.pid!, 'SIGTERM');
    assert.deepEqual(await gone, [9, null]);
  });

  it('end with the daemon, even when it is killed', async (t) => {
    const program = "console.log('up'); setInterval(() => {}, 1000)";
    const sandbox = node(program, { stdio: ['ignore', 'inherit', 'inherit'] });
    const daemon = join(dir, 'daemon.ts');
    writeFileSync(
      daemon,
      `import { createHost } from '${new URL('../../src/daemon/host/index.ts', import.meta.url).pathname}';
       const host = await createHost({ root: ${asRoot}, hiveId: 'services' });
       host.launchSandbox(${JSON.stringify(sandbox)});
       setInterval(() => {}, 1000);`,
    );
    const parent = spawn(process.execPath, [daemon], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => parent.kill('SIGKILL'));
    assert.equal(await firstLine(parent), 'up');
    const [outer] = host.processes.children(parent.pid!);
    const [init] = host.processes.children(outer!);
    const inner = host.processes.identify(init!)!;
    assert.equal(host.processes.isAlive(inner), true);
    parent.kill('SIGKILL');
    await waitUntil('the sandbox to end', () => !host.processes.isAlive(inner), 5000);
  });
});
