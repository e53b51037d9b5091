import { trueText } from '../messages/true-text.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { isAgent } from '../messages/speaker.ts';
import { findParkedPair, insertPair } from '../stores/pair-store.ts';
import { listChain } from './chain.ts';
import { pairKey, pairOf } from './pair-key.ts';

/** A message that was just stored, as far as the loop breaker cares. */
export interface Said {
  id: number;
  from: Sender;
  to: readonly { name: string }[];
  depth: number;
  pairTooFast: boolean;
}

/** What the loop breaker makes of a message. */
export interface Hold {
  /** Recipients whose delivery is held. */
  held: readonly string[];
  /** What the operator is told when pairs were parked by this very message. */
  notice: string | null;
}

const NOTHING: Hold = { held: [], notice: null };

/**
 * Parks pairs of agents that answer each other without end, and holds what is said within a parked pair. People and the hive itself are never held. Costs a
 * comparison while nothing is parked.
 */
export function hold(core: Core, tx: Tx, said: Said): Hold {
  const { loop } = core.settings.guards;
  const tooMuch = said.pairTooFast || said.depth > loop.depth;
  if ((!tooMuch && core.mayBeParked.size === 0) || !isAgent(said.from)) return NOTHING;
  const others = said.to.map(({ name }) => name).filter((name) => isAgent(name) && name !== said.from);
  const parked = others.filter((name) => isParked(core, tx, said.from, name));
  if (!tooMuch) return { held: parked, notice: null };
  const reason = said.pairTooFast
    ? `they said more than ${loop.messages} messages to each other within ${loop.window_seconds} s`
    : `the chain of replies without a person or the forge is ${said.depth} long, ${loop.depth} are allowed`;
  const newly = others
    .filter((name) => !parked.includes(name))
    .map((name) => ({ name, pair: park(core, tx, said, name, reason) }));
  return { held: others, notice: newly.length === 0 ? null : notice(tx, said, newly, reason) };
}

function isParked(core: Core, tx: Tx, one: string, other: string): boolean {
  if (!core.mayBeParked.has(pairKey(one, other))) return false;
  return findParkedPair(tx.db, ...pairOf(one, other)) !== undefined;
}

function park(core: Core, tx: Tx, said: Said, other: string, reason: string): number {
  const parties = pairOf(said.from, other);
  const [left, right] = parties;
  const pair = insertPair(tx.db, { left, right, reason, message: said.id, at: tx.now });
  // Kept even if this write is undone: it only means that somebody looks into the table.
  core.mayBeParked.add(pairKey(left, right));
  tx.emit({ type: 'pair.changed', pair, parties, state: 'parked', reason });
  return pair;
}

function notice(tx: Tx, said: Said, newly: { name: string; pair: number }[], reason: string): string {
  const chain = listChain(tx.db, said.id, pairOf(said.from, newly[0]?.name ?? '')).map(
    (message) =>
      `  ${message.id} ${message.sender} → ${message.recipient}: ${excerpt(trueText(message.id, message), 100)}`,
  );
  const names = newly.map(({ name }) => name).join(', ');
  return [
    `${said.from} and ${names} are parked: ${reason}. What they say to each other is held, nobody else is affected. The last messages:`,
    ...chain,
    `Let them go on with: hive parked release ${newly.map(({ pair }) => pair).join(' ')}`,
  ].join('\n');
}
