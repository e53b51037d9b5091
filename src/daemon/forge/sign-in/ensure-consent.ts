import type { Logger } from 'pino';
import type { Writer } from '../../db/api.ts';
import { findFact, putFact } from '../../db/index.ts';
import { giveConsent } from './consent.ts';
import type { ConsentWish } from './consent.ts';

const FACT = 'forge_consent';

/** Gives the operator's consent to the hive's own application once in its life; where the password does not fit any more they give it themselves. */
export async function ensureConsent(wish: ConsentWish, writer: Writer, log: Logger): Promise<void> {
  if (writer.read((db) => findFact(db, FACT)) === wish.clientId) return;
  try {
    await giveConsent(wish);
  } catch (err) {
    log.warn({ err }, 'consent is left to the first sign-in');
  }
  await writer.write('forge', ({ db }) => putFact(db, FACT, wish.clientId));
}
