import { randomBytes, randomInt } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';

/** Secrets of the hive, each from a 0600 file in `<home>/secrets/`, made at first start; never logged. */
export interface Secrets {
  /** 32 bytes that seal model credentials in the database. */
  key: Buffer;
  /** Secret of the forge's webhook and of outbox markers. */
  hookSecret: string;
  /** Password of `hive-root`. */
  forgeRootPassword: string;
  /** First password of `operator`; its file is told to the person. */
  operatorPassword: string;
  operatorPasswordFile: string;
  /** Folder with Gitea's own secret files. */
  dir: string;
}

const KEY_BYTES = 32;
/** Letters and digits that are not mistaken for each other when a person types a password. */
const READABLE = 'abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXYZ2346789';

/**
 * Reads the secrets of a home and makes those that are missing. The folder is 0700 and its files 0600; a file that others may read is refused with the
 * command that mends it. Throws `invalid` when a file is damaged: a secret is never replaced, since what it sealed would be lost.
 */
export async function loadSecrets(home: string): Promise<Secrets> {
  const dir = join(home, 'secrets');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const operatorPasswordFile = join(dir, 'operator-password');
  const [key, hookSecret, forgeRootPassword, operatorPassword] = await Promise.all([
    readOrMake(join(dir, 'key'), () => randomBytes(KEY_BYTES).toString('hex'), /^[0-9a-f]{64}$/),
    readOrMake(join(dir, 'hook-secret'), () => randomBytes(KEY_BYTES).toString('hex'), /^[0-9a-f]{64}$/),
    readOrMake(join(dir, 'forge-root-password'), () => randomBytes(KEY_BYTES).toString('hex'), /^\S{16,}$/),
    readOrMake(operatorPasswordFile, () => readablePassword(4, 5), /^\S{8,}$/),
  ]);
  return { key: Buffer.from(key, 'hex'), hookSecret, forgeRootPassword, operatorPassword, operatorPasswordFile, dir };
}

/** A password of `groups` dash-separated groups of `size` characters (5.7 bits each). */
function readablePassword(groups: number, size: number): string {
  const group = (): string => Array.from({ length: size }, () => READABLE[randomInt(READABLE.length)]).join('');
  return Array.from({ length: groups }, group).join('-');
}

async function readOrMake(path: string, make: () => string, form: RegExp): Promise<string> {
  const value = (await readSecret(path)) ?? (await makeSecret(path, make()));
  if (!form.test(value))
    throw new HiveError('invalid', `${path} is damaged: put the file back from your own copy of the secrets folder`);
  return value;
}

async function readSecret(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!found) return undefined;
  if ((found.mode & 0o077) !== 0)
    throw new HiveError('invalid', `${path} may be read by others: run \`chmod 600 ${path}\` and start again`);
  return (await readFile(path, 'utf8')).trim();
}

/** Written beside, synced, then linked: a crash leaves a whole file or none, and an existing one is never replaced. */
async function makeSecret(path: string, value: string): Promise<string> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${value}\n`);
    await file.sync();
    await link(draft, path);
  } finally {
    await file.close();
    await unlink(draft);
  }
  return value;
}
