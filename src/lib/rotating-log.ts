import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { callbackify } from 'node:util';

const MAX_BYTES = 8 * 1024 * 1024;

/** Opens `path` for appending; when it is full it becomes `path.1` (the one of that name goes) and a new one begins. */
export async function openLog(path: string, maxBytes = MAX_BYTES): Promise<Writable> {
  await mkdir(dirname(path), { recursive: true });
  let size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  let file = append(path);
  const turn = async (): Promise<void> => {
    await ended(file);
    await rename(path, `${path}.1`);
    file = append(path);
    size = 0;
  };
  const write = async (chunk: Buffer): Promise<void> => {
    if (size + chunk.length > maxBytes && size > 0) await turn();
    size += chunk.length;
    if (!file.write(chunk)) await new Promise<void>((resolve) => file.once('drain', resolve));
  };
  return new Writable({
    write: callbackify((chunk: Buffer, _encoding: string) => write(chunk)),
    final: callbackify(() => ended(file)),
  });
}

function append(path: string): WriteStream {
  return createWriteStream(path, { flags: 'a', mode: 0o600 });
}

function ended(file: WriteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    file.once('error', reject);
    file.end(() => resolve());
  });
}
