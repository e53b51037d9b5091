import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { runInside } from '../agent-shell.ts';
import type { Hive } from '../hive.ts';
import type { SearchOrder, SearchResult } from './search.ts';

/** Secrets by name; each is looked for as it is, as hexadecimal digits and as base64. */
export type Canaries = Record<string, string | Buffer>;

/** Every secret the hive keeps in a file or minted at its forge: the sealing key, the hook secret, passwords, Gitea's own keys, the ends of its tokens. */
export function secretsOf(hive: Hive): Canaries {
  const dir = join(hive.home, 'secrets');
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map(
    ({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'utf8').trim()] as const,
  );
  const key = texts.find(([name]) => name === 'key')?.[1] ?? '';
  return { ...Object.fromEntries(texts), 'key, as bytes': Buffer.from(key, 'hex'), ...tokenEnds(hive) };
}

/** Of a token Gitea keeps its last eight digits and a hash; the token itself is only in the daemon's memory. */
function tokenEnds(hive: Hive): Canaries {
  const db = new Sqlite(join(hive.home, 'forge/work/data/gitea.db'), { readonly: true });
  try {
    const rows = db
      .prepare('SELECT u.name, t.token_last_eight AS last FROM access_token t JOIN user u ON u.id = t.uid')
      .all() as { name: string; last: string }[];
    return Object.fromEntries(rows.map(({ name, last }, at) => [`forge token ${at + 1} of ${name}`, last]));
  } finally {
    db.close();
  }
}

/** Looks for canaries, and for session nonces, in everything that can be read from inside an agent's container. */
export async function searchInside(hive: Hive, agent: string, canaries: Canaries): Promise<SearchResult> {
  const nonces = hive.rows<{ id: number; nonce_hash: string }>('SELECT id, nonce_hash FROM sessions');
  const order: SearchOrder = {
    needles: Object.entries(canaries).map(([name, value]) => ({ name, hidden: hide(value) })),
    hashes: nonces.map(({ id, nonce_hash }) => ({ name: `nonce of session ${id}`, sha256: nonce_hash })),
    since: Math.floor(statSync(hive.home).birthtimeMs) - 1000,
  };
  const program = readFileSync(join(import.meta.dirname, 'search.ts'), 'utf8');
  const told = Buffer.from(JSON.stringify(order)).toString('base64');
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', program, told];
  const { code, out, err } = await runInside(hive, agent, ['/opt/node/bin/node', ...flags]);
  if (code !== 0) throw new Error(`the search ended with ${code}: ${err}`);
  return JSON.parse(out) as SearchResult;
}

function hide(value: string | Buffer): string {
  return Buffer.from(value as string)
    .toString('hex')
    .split('')
    .toReversed()
    .join('');
}
