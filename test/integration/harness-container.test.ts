import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startRig } from '../support/harness.ts';
import { waitUntil } from '../support/wait.ts';

/** Namespaces as a container has them: processes and network of its own. */
const ISOLATED = ['bwrap', '--dev-bind', '/', '/', '--proc', '/proc', '--unshare-pid', '--unshare-net', '--die-with-parent', '--']; // prettier-ignore

/** Command lines on this host that hold `marker`. */
function running(marker: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(marker));
}

async function serve(answer: string): Promise<{ server: Server; port: number }> {
  const server = createServer((req, res) => {
    let size = 0;
    req.on('data', (chunk: Buffer) => (size += chunk.length));
    req.on('end', () => res.end(`${answer} ${req.method} ${req.url} ${req.headers.host} ${size}`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('a harness in namespaces of its own', () => {
  test('F30: at the turn’s end nothing but itself and what the operator runs is left, not even what made itself a daemon', async () => {
    const marker = `leftover-${process.pid}-${Date.now()}`;
    const left = `setsid -f bash -c 'exec -a ${marker} sleep 600' </dev/null >/dev/null 2>&1`;
    const doubled = `(bash -c 'exec -a ${marker} sleep 600' </dev/null >/dev/null 2>&1 &)`;
    await using rig = await startRig({
      command: ['bash', '-c', `cat >/dev/null; ${left}; ${doubled}; sleep 0.2; echo`],
    });
    let atEnd: string[] | undefined;
    rig.daemon.answers['turn_end'] = ({ input }) => {
      atEnd ??= running(marker);
      return { acked: input['presented'], requeued: [] };
    };
    rig.daemon.answers['exec_output'] = () => ({});
    rig.start({ HIVE_CONTAINER: '1' }, ISOLATED);
    await waitUntil('the loop', () => rig.daemon.of('next').length > 0);
    const operators = `operators-${marker}`;
    rig.daemon.order({ type: 'exec', exec: 1, argv: ['bash', '-c', `(exec -a ${operators} sleep 600); true`] });
    await waitUntil('the operator’s command', () => running(operators).length > 0);
    rig.wake('one');
    await waitUntil('the leftovers', () => running(`${marker} 600`).length >= 2 || atEnd);
    await waitUntil('the end', () => atEnd);
    assert.deepEqual(
      atEnd?.filter((line) => !line.includes('operators-')),
      [],
    );
    assert.ok(running(operators).length > 0);
  });

  test('forge, model and proxy answer on loopback at their addresses, whatever the size of a request', async () => {
    const [forge, model] = [await serve('forge'), await serve('model')];
    const script = `
      const say = async (url, init) => console.log(await (await fetch(url, init)).text());
      await say(process.env.HIVE_FORGE + '/bob/loom');
      await say('http://127.0.0.1:7810/model/anthropic/v1/messages', { method: 'POST', body: Buffer.alloc(5_000_000) });
      await say('http://127.0.0.1:7811/').catch((error) => console.log('refused', error.cause?.code));`;
    await using rig = await startRig({
      forge: { host: '127.0.0.1', port: forge.port },
      command: ['bash', '-c', `cat >/dev/null; env -u HTTP_PROXY -u http_proxy "${process.execPath}" --input-type=module -e "$0" > out 2>&1`, script], // prettier-ignore
    });
    Object.assign(rig.daemon.services, { forge: forge.port, model: model.port });
    rig.start({ HIVE_CONTAINER: '1', HIVE_LOOPBACK_PORT: '7810' }, ISOLATED);
    rig.wake('one');
    const end = await waitUntil('the end', () => rig.ends()[0]);
    for (const { server } of [forge, model]) server.close();
    const out = await readFile(join(rig.state, 'out'), 'utf8');
    assert.equal(end.outcome, 'ok', out);
    assert.deepEqual(out.trim().split('\n'), [
      `forge GET /bob/loom 127.0.0.1:${forge.port} 0`,
      'model POST /model/anthropic/v1/messages 127.0.0.1:7810 5000000',
      'refused UND_ERR_SOCKET',
    ]);
  });
});
