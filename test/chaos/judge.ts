import type { History, Sent, Sight } from './history.ts';

/** What a history may break. */
export type Rule = 'lost' | 'doubled' | 'order' | 'stranger' | 'damaged';

/** One thing that must not have happened, in words. */
export interface Violation {
  rule: Rule;
  text: string;
}

/** A history held against what the hive promises; an empty list = it kept its word. */
export function judge({ sent, seen, retried }: History): Violation[] {
  const byToken = new Map(sent.map((message) => [message.token, message]));
  const receivers = [...seen.entries()];
  return [
    ...sent.filter((message) => isLost(message, seen)).map(lost),
    ...receivers.flatMap(([receiver, sights]) => [
      ...strangers(receiver, sights, byToken),
      ...doubles(receiver, sights, byToken),
      ...overtaken(receiver, sights, retried),
      ...swapped(receiver, sights, byToken, retried),
    ]),
  ];
}

/** Confirmed means: some runtime of its recipient gets to see it. */
function isLost({ message, to, token }: Sent, seen: History['seen']): boolean {
  return message !== null && !(seen.get(to) ?? []).some((sight) => sight.token === token);
}

function lost({ token, message, to }: Sent): Violation {
  return { rule: 'lost', text: `${token} was confirmed as message ${message} and ${to} never saw it` };
}

function strangers(receiver: string, sights: Sight[], byToken: Map<string, Sent>): Violation[] {
  return sights.flatMap((sight): Violation[] => {
    const sent = byToken.get(sight.token);
    if (sent?.to !== receiver)
      return [{ rule: 'stranger', text: `${receiver} saw ${sight.token}, which nobody sent to it` }];
    if (sent.sum !== sight.sum)
      return [{ rule: 'damaged', text: `${receiver} saw another body of ${sight.token} than was sent` }];
    return [];
  });
}

/** Seen again without a mark, or as another message than the one that was confirmed: a send that was tried twice took effect twice. */
function doubles(receiver: string, sights: Sight[], byToken: Map<string, Sent>): Violation[] {
  const before = new Map<string, Sight>();
  return sights.flatMap((sight): Violation[] => {
    const first = before.get(sight.token);
    before.set(sight.token, sight);
    const message = byToken.get(sight.token)?.message ?? first?.message;
    if (message !== undefined && message !== sight.message)
      return [
        { rule: 'doubled', text: `${sight.token} is message ${message}, ${receiver} saw it as ${sight.message}` },
      ];
    if (!first || sight.redelivered > 0) return [];
    const where = `in turn ${first.turn} and without a mark again in turn ${sight.turn}`;
    return [{ rule: 'doubled', text: `${receiver} saw ${sight.token} (delivery ${sight.delivery}) ${where}` }];
  });
}

/**
 * Per recipient by id: nothing is shown for the first time after something later was, and what comes again comes before anything later that its first turn did
 * not hold. Only what was given up may be overtaken.
 */
function overtaken(receiver: string, sights: Sight[], retried: ReadonlySet<number>): Violation[] {
  const last = new Map<number, number>();
  const found: Violation[] = [];
  let latest = 0;
  for (const [index, { delivery, turn }] of sights.entries()) {
    const earlier = last.get(delivery);
    const between = earlier === undefined ? [] : sights.slice(earlier + 1, index);
    const firstTurn = earlier === undefined ? undefined : sights[earlier]?.turn;
    const passed =
      earlier === undefined
        ? latest > delivery && latest
        : between.find((other) => other.delivery > delivery && other.turn !== firstTurn && other.turn !== turn)
            ?.delivery;
    if (passed && !retried.has(delivery) && !retried.has(passed))
      found.push({ rule: 'order', text: `${receiver} saw delivery ${passed} before ${delivery} (turn ${turn})` });
    last.set(delivery, index);
    if (!retried.has(delivery)) latest = Math.max(latest, delivery);
  }
  return found;
}

/** What one sender said to one receiver, one after the other, arrives in that order. */
function swapped(
  receiver: string,
  sights: Sight[],
  byToken: Map<string, Sent>,
  retried: ReadonlySet<number>,
): Violation[] {
  const latest = new Map<string, Sent>();
  const known = new Set<string>();
  return sights.flatMap(({ token, delivery }): Violation[] => {
    const sent = byToken.get(token);
    if (!sent || known.has(token) || retried.has(delivery)) return [];
    known.add(token);
    const before = latest.get(sent.sender);
    if (!before || before.nth < sent.nth) latest.set(sent.sender, sent);
    if (!before || before.nth < sent.nth) return [];
    return [{ rule: 'order', text: `${receiver} saw ${before.token} before ${token}, which was sent first` }];
  });
}
