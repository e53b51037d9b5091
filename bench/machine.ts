import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';

const PAGE = Buffer.alloc(4096, 1);
const LINE = `${JSON.stringify({ call: 1, cmd: 'send', to: 'a1', body: 'hello' })}\n`;

/** F: appending 4 KiB to a file on the database's disk and syncing it; sampled between everything else, because a machine's speed changes meanwhile. */
export class SyncProbe implements Disposable {
  /** Milliseconds. */
  readonly samples: number[] = [];
  readonly #fd: number;

  constructor(folder: string) {
    this.#fd = openSync(join(folder, 'sync.bin'), 'a');
  }

  sample(): void {
    const start = performance.now();
    writeSync(this.#fd, PAGE);
    fsyncSync(this.#fd);
    this.samples.push(performance.now() - start);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** U: a JSON line to the server process and back over its `echo.sock`. */
export class EchoProbe implements Disposable {
  /** Milliseconds. */
  readonly samples: number[] = [];
  readonly #socket: Socket;

  constructor(folder: string) {
    this.#socket = connect(join(folder, 'echo.sock'));
  }

  async sample(): Promise<void> {
    const start = performance.now();
    this.#socket.write(LINE);
    const answer = await new Promise<Buffer>((resolve) => this.#socket.once('data', resolve));
    JSON.parse(answer.toString());
    this.samples.push(performance.now() - start);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
