import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';

const LINE = `${JSON.stringify({ call: 1, cmd: 'send', to: 'a1', body: 'hello' })}\n`;

/** What the machine itself needs, measured between everything else: its speed changes while a benchmark runs. */
export class Machine implements Disposable {
  /** F: appending 4 KiB to a file on the database's disk and syncing it, ms. */
  readonly syncs: number[] = [];
  /** U: a JSON line to the other process and back over a unix socket, ms. */
  readonly roundTrips: number[] = [];
  readonly #fd: number;
  readonly #socket: Socket;

  /** `folder` is the server's: its disk and its `echo.sock`. */
  constructor(folder: string) {
    this.#fd = openSync(join(folder, 'sync.bin'), 'a');
    this.#socket = connect(join(folder, 'echo.sock'));
  }

  /** Takes one sample of each. */
  async sample(): Promise<void> {
    const page = Buffer.alloc(4096, 1);
    const start = performance.now();
    writeSync(this.#fd, page);
    fsyncSync(this.#fd);
    const synced = performance.now();
    this.syncs.push(synced - start);
    this.#socket.write(LINE);
    const answer = await new Promise<Buffer>((resolve) => this.#socket.once('data', resolve));
    JSON.parse(answer.toString());
    this.roundTrips.push(performance.now() - synced);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
    this.#socket.destroy();
  }
}
