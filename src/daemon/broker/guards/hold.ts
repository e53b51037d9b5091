import { trueText } from '../messages/true-text.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { readReports } from '../deliveries/read-reports.ts';
import { isAgent } from '../messages/speaker.ts';
import { findMessage } from '../stores/message-store.ts';
import { findParkedPair, insertPair, makeWhole } from '../stores/pair-store.ts';
import type { PairRow } from '../stores/pair-store.ts';
import { causeOf, listChain } from './chain.ts';
import { pairKey, pairOf } from './pair-key.ts';

/** A message that was just stored, as far as the loop breaker cares. */
export interface Said {
  id: number;
  from: Sender;
  to: readonly { name: string }[];
  broadcast: boolean;
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
 * Parks pairs of agents that answer each other without end, and holds what is said within a parked pair. A chain that is too long and leads elsewhere is held
 * there, message by message, and a broadcast goes to all but those whom it answers: third parties lose nothing. People and the hive itself are never held. Costs
 * a comparison while nothing is parked.
 */
export function hold(core: Core, tx: Tx, said: Said): Hold {
  const { loop } = core.settings.guards;
  const tooMuch = said.pairTooFast || said.depth > loop.depth;
  if ((!tooMuch && core.mayBeParked.size === 0) || !isAgent(said.from)) return NOTHING;
  const others = said.to.map(({ name }) => name).filter((name) => isAgent(name) && name !== said.from);
  const parked = others.filter((name) => findParked(core, tx, said.from, name)?.whole === 1);
  if (!tooMuch) return { held: parked, notice: null };
  const answered = whomItAnswers(tx, said);
  const parts = others
    .filter((name) => !parked.includes(name) && (!said.broadcast || name === answered))
    .map((name) => ({ name, whole: said.pairTooFast || name === answered }));
  const newly = parts
    .map(({ name, whole }) => ({ name, whole, pair: park(core, tx, said, { name, whole }) }))
    .filter((one): one is Parked => one.pair !== null);
  const held = [...parked, ...parts.map(({ name }) => name)];
  return { held, notice: newly.length === 0 ? null : notice(core, tx, said, newly) };
}

/** Who said the deepest of what the turn had taken, or what this replies to. */
function whomItAnswers(tx: Tx, { id }: Said): string | undefined {
  const message = findMessage(tx.db, id);
  return message && causeOf(tx.db, message)?.sender;
}

function findParked(core: Core, tx: Tx, one: string, other: string): PairRow | undefined {
  if (!core.mayBeParked.has(pairKey(one, other))) return undefined;
  return findParkedPair(tx.db, ...pairOf(one, other));
}

/** A pair that was parked by this very message. */
interface Parked {
  name: string;
  whole: boolean;
  pair: number;
}

/** Answers the pair's number; null when it was parked like that before. */
function park(core: Core, tx: Tx, said: Said, { name, whole }: Omit<Parked, 'pair'>): number | null {
  const parties = pairOf(said.from, name);
  const [left, right] = parties;
  const known = findParked(core, tx, left, right);
  if (known && !whole) return null;
  const reason = reasonOf(core, said, whole);
  const row = { left, right, reason, whole: whole ? 1 : 0, message: said.id, at: tx.now };
  if (known) {
    makeWhole(tx.db, { ...row, id: known.id });
    readReports(core, tx, [known.message]);
  }
  const pair = known?.id ?? insertPair(tx.db, row);
  // Kept even if this write is undone: it only means that somebody looks into the table.
  core.mayBeParked.add(pairKey(left, right));
  tx.emit({ type: 'pair.changed', pair, parties, state: 'parked', reason });
  return pair;
}

function reasonOf({ settings }: Core, said: Said, whole: boolean): string {
  const { loop } = settings.guards;
  if (said.pairTooFast)
    return `they said more than ${loop.messages} messages to each other within ${loop.window_seconds} s`;
  const reason = `the chain of replies without a person or the forge is ${said.depth} long, ${loop.depth} are allowed`;
  return whole ? reason : `${reason}; only what belongs to it is held`;
}

function notice(core: Core, tx: Tx, said: Said, newly: readonly Parked[]): string {
  const chain = listChain(tx.db, said.id, pairOf(said.from, newly[0]?.name ?? '')).map(
    (message) =>
      `  ${message.id} ${message.sender} → ${message.recipient}: ${excerpt(trueText(message.id, message), 100)}`,
  );
  const names = newly.map(({ name }) => name).join(', ');
  const whole = newly.some((one) => one.whole);
  const effect = whole ? 'What they say to each other is held, nobody' : 'All else that they say arrives, and nobody';
  return [
    `${said.from} and ${names} are parked: ${reasonOf(core, said, whole)}. ${effect} else is affected. The last messages:`,
    ...chain,
    `Let them go on with: hive parked release ${newly.map(({ pair }) => pair).join(' ')}`,
  ].join('\n');
}
