import { createHash } from 'node:crypto';

/** The nonce of an agent's session in a benchmark: 64 hex digits. */
export function benchNonce(agent: string): string {
  return createHash('sha256').update(agent).digest('hex');
}
