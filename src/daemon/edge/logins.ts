import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { seal, unseal } from '#src/lib/seal.ts';
import type { Writer } from '../db/api.ts';
import { findSealed, putSealed, type SealedRow } from './logins-store.ts';
import type { Logins } from './api.ts';

const credentialKind = z.enum(['api_key', 'oauth_token']);
/** The one provider so far (DESIGN §5: `/model/<provider>/…`). */
const PROVIDER = 'anthropic';

/** Model credentials in the table `secrets`, sealed under `key` and bound to their provider and kind; `set` publishes `login.changed`. */
export function createLogins({ writer, key }: { writer: Writer; key: Buffer }): Logins {
  const stored = (): SealedRow | undefined => writer.read((db) => findSealed(db, nameOf(PROVIDER)));
  return {
    current() {
      const row = stored();
      return row && { provider: PROVIDER, kind: credentialKind.parse(row.kind), changedAt: row.changed_at };
    },
    credential() {
      const row = stored();
      return row && { kind: credentialKind.parse(row.kind), value: open(key, row) };
    },
    async set(provider, kind, value) {
      const name = nameOf(provider);
      const sealed = seal(key, contextOf(name, kind), value);
      await writer.write('operator', (tx) => {
        putSealed(tx.db, { name, kind, sealed, changed_at: tx.now });
        tx.emit({ type: 'login.changed', provider, kind });
      });
    },
  };
}

function nameOf(provider: string): string {
  return `model:${provider}`;
}

function contextOf(name: string, kind: string): string {
  return `${name}:${kind}`;
}

function open(key: Buffer, row: SealedRow): string {
  try {
    return unseal(key, contextOf(nameOf(PROVIDER), row.kind), row.sealed);
  } catch (cause) {
    const fix = 'put the key file back, or run `hive login` again';
    throw new HiveError('internal', `the stored model credential does not fit secrets/key: ${fix}`, { cause });
  }
}
