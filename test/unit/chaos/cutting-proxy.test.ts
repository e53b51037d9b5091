import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LineSplitter } from '#src/lib/json-lines.ts';
import { connect } from '#src/protocol/client.ts';
import type { Client } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { openCuttingProxy } from '../../chaos/cutting-proxy.ts';
import type { Cut, CutOrder, CuttingProxy } from '../../chaos/cutting-proxy.ts';
import { waitUntil } from '../../support/wait.ts';

/** A stand-in for the daemon that answers at once, but keeps `set_status` waiting until it is let go. */
interface Rig extends AsyncDisposable {
  proxy: CuttingProxy;
  client(): Promise<Client>;
  got: string[];
  release(): void;
}

async function openRig(): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'hive-proxy-'));
  const path = join(folder, 'hive.sock');
  const got: string[] = [];
  const held: (() => void)[] = [];
  const server = createServer((socket) => answer(socket, got, held));
  await listen(server, path);
  const proxy = openCuttingProxy(folder);
  return {
    ...{ proxy, got },
    client: () => connect(path),
    release: () => held.splice(0).forEach((act) => act()),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function answer(socket: Socket, got: string[], held: (() => void)[]): void {
  const splitter = new LineSplitter();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) {
      const { cmd, call } = JSON.parse(line) as { cmd: string; call: number };
      const reply = (): void => void socket.write(`${JSON.stringify({ version: 1, ok: true, call })}\n`);
      got.push(cmd);
      if (cmd === methods.setStatus.cmd) held.push(reply);
      else reply();
    }
  });
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o600);
}

function order(how: Cut, cmds: string[], kill = (): void => {}): CutOrder {
  return { how, cmds, share: 500, kill };
}

for (const how of ['request', 'reply', 'kill'] as const) {
  test(`the ${how} cut loses the answer of a call that was taken, and only that one`, async () => {
    await using rig = await openRig();
    await using client = await rig.client();
    await client.call(methods.setPaused, { name: 'alice', paused: true });
    let killed = 0;
    const cmds = [methods.setPaused.cmd];
    const cut = rig.proxy.cut(
      order(how, cmds, () => killed++),
      AbortSignal.timeout(5000),
    );
    await assert.rejects(client.call(methods.setPaused, { name: 'alice', paused: true }), { code: 'unavailable' });
    assert.equal(await cut, methods.setPaused.cmd);
    await waitUntil('the call arrived all the same', () => rig.got.length === 2);
    assert.equal(killed, how === 'kill' ? 1 : 0);
    await using again = await rig.client();
    await again.call(methods.setPaused, { name: 'alice', paused: true });
  });
}

test('an order that was given up hits nothing, not even the late answer of a call that it had chosen', async () => {
  await using rig = await openRig();
  await using client = await rig.client();
  const patience = new AbortController();
  let killed = 0;
  const cut = rig.proxy.cut(
    order('kill', [methods.setStatus.cmd], () => killed++),
    patience.signal,
  );
  const slow = client.call(methods.setStatus, { text: 'waiting' });
  await waitUntil('the call waits', () => rig.got.length === 1);
  patience.abort();
  assert.equal(await cut, undefined);
  rig.release();
  await slow;
  assert.equal(killed, 0);
});
