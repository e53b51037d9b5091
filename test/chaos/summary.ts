import type { ChaosResult } from './run-chaos.ts';

/** Violations that are printed in full. */
const SHOWN = 20;

/** A run in a few lines for people. */
export function summary({ violations, inflicted, history, integrity, tookMs }: ChaosResult, seed: number): string {
  const sights = [...history.seen.values()].flat();
  const confirmed = history.sent.filter(({ message }) => message !== null).length;
  const again = sights.length - new Set(sights.map(({ token }) => token)).size;
  const turns = new Set(sights.map(({ turn }) => turn)).size;
  const byKind = Map.groupBy(inflicted, ({ fault }) => fault);
  const count = (rule: string): number => violations.filter((violation) => violation.rule === rule).length;
  return [
    '',
    `seed ${seed}, ${(tookMs / 1000).toFixed(0)} s`,
    `${confirmed} of ${history.sent.length} messages confirmed; ${sights.length} sights in ${turns} turns, ${again} of them of messages that came again`,
    `${inflicted.length} faults: ${[...byKind].map(([kind, list]) => `${list.length} × ${kind}`).join(', ')}`,
    `${history.retried.size} dead letters queued again; database ${integrity}`,
    `${count('lost')} lost, ${count('doubled')} doubled without a mark, ${count('order')} out of order, ${count('damaged') + count('stranger')} damaged or foreign`,
    ...violations.slice(0, SHOWN).map(({ rule, text }) => `  ${rule}: ${text}`),
    violations.length === 0 && integrity === 'ok' ? 'the hive kept its word' : 'THE HIVE BROKE ITS WORD',
  ].join('\n');
}

/** The whole history as JSON, to look at what led to a violation. */
export function recorded({ violations, inflicted, history }: ChaosResult): string {
  const seen = Object.fromEntries(history.seen);
  return JSON.stringify({ violations, inflicted, seen, retried: [...history.retried], sent: history.sent }, null, 1);
}
