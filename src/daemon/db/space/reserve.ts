import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Written at a time. */
const CHUNK_BYTES = 1024 * 1024;
const OWNER_ONLY = 0o600;

/**
 * A file beside the database whose only use is its size: removed when the disk is full, it leaves room for the acks and leases of what is stored already
 * (FACTS/faults-and-attacks F3).
 */
export class Reserve {
  readonly #file: string;
  readonly #bytes: number;
  #making = false;

  /** `bytes` 0 = there is none. */
  constructor(file: string, bytes: number) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Whether the file is there in its full size and durable. */
  isHeld(): boolean {
    if (this.#making) return false;
    return this.#bytes === 0 || statSync(this.#file, { throwIfNoEntry: false })?.size === this.#bytes;
  }

  /** Gives its room back; false when there was nothing to give. */
  release(): boolean {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    rmSync(this.#file, { force: true });
    return size > 0;
  }

  /** Free bytes of its file system. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#file));
    return bavail * bsize;
  }

  /** Makes it again when as much as it takes, and `owed` bytes, stay free beside it; answers whether it is there now, false too while another call makes it. Blocks nobody. */
  async make(owed = 0): Promise<boolean> {
    if (this.isHeld()) return true;
    if (this.#making) return false;
    if (this.freeBytes() < 2 * this.#bytes + owed) return false;
    this.#making = true;
    try {
      await this.#fill();
    } catch {
      await rm(this.#file, { force: true });
    } finally {
      this.#making = false;
    }
    return this.isHeld();
  }

  /** Random, so that no file system stores it in less. */
  async #fill(): Promise<void> {
    await using file = await open(this.#file, 'w', OWNER_ONLY);
    for (let left = this.#bytes; left > 0; left -= CHUNK_BYTES)
      await file.write(randomBytes(Math.min(left, CHUNK_BYTES)));
    await file.sync();
  }
}
