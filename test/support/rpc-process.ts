import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What the server noticed since it began. */
export interface Noticed {
  aborted: number;
  pushed: number;
}

/** Bytes of the server after a collection. */
export interface Memory {
  /** Objects and buffers that something still refers to. */
  held: number;
  /** What the process has of its own. Mapped files are not counted: the machine takes their pages and gives them back as it likes. */
  resident: number;
}

/** The methods of rpc-server.ts in a process of its own, so that its memory is not mixed with that of its peers. */
export interface RpcProcess extends AsyncDisposable {
  dial(): Promise<Socket>;
  look(): Promise<Noticed>;
  memory(): Promise<Memory>;
}

/** Starts an {@link RpcProcess}. */
export async function startRpcProcess(): Promise<RpcProcess> {
  const main = join(import.meta.dirname, 'rpc-process-main.ts');
  const child = spawn(process.execPath, ['--expose-gc', main], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const path = await nextLine();

  async function nextLine(): Promise<string> {
    const { value, done } = await lines.next();
    if (done) throw new Error('the server ended');
    return value;
  }

  async function ask(what: 'look' | 'memory'): Promise<unknown> {
    child.stdin.write(`${what}\n`);
    return JSON.parse(await nextLine());
  }

  return {
    async dial() {
      const socket = connect({ path, allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
    look: async () => (await ask('look')) as Noticed,
    memory: async () => (await ask('memory')) as Memory,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
