import type { Readable } from 'node:stream';
import { HiveError } from '#src/lib/errors.ts';

const NONCE_LENGTH = 64;

/** Reads the session's nonce from standard input and closes it, so that nothing that runs in a turn can read it again. */
export async function readNonce(stdin: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length >= NONCE_LENGTH) break;
  }
  stdin.destroy();
  const nonce = text.trim();
  if (nonce.length === NONCE_LENGTH) return nonce;
  throw new HiveError('invalid', 'the harness is started by the hive, which hands it a nonce on standard input');
}
