import type { History } from './history.ts';
import type { Violation } from './judge.ts';
import type { ChaosResult } from './run-chaos.ts';
import type { KillsResult } from './run-kills.ts';

/** Violations that are printed in full. */
const SHOWN = 20;

/** A run of chaos in a few lines for people. */
export function summary({ inflicted, tookMs, ...result }: ChaosResult, seed: number): string {
  const byKind = Map.groupBy(inflicted, ({ fault }) => fault);
  const kinds = [...byKind].map(([kind, list]) => `${list.length} × ${kind}`).join(', ');
  return [
    `seed ${seed}, ${(tookMs / 1000).toFixed(0)} s`,
    `${inflicted.length} faults: ${kinds}`,
    ...judgement(result),
  ].join('\n');
}

/** The same of a run of kills. */
export function killsSummary({ clean, recovery, ...result }: KillsResult, seed: number): string {
  const [p50, p99, start] = [quantile(recovery, 0.5), quantile(recovery, 0.99), quantile(clean, 0.5)];
  const times = `recovery p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; clean start p50 ${start.toFixed(0)} ms`;
  return [
    `seed ${seed}, ${recovery.length} kills`,
    `${times}; recovery p99 / clean start = ${(p99 / start).toFixed(2)} (at most 3)`,
    ...judgement(result),
  ].join('\n');
}

/** The value below which `share` of `values` lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

interface Judged {
  violations: Violation[];
  history: History;
  integrity: string;
}

function judgement({ violations, history, integrity }: Judged): string[] {
  const sights = [...history.seen.values()].flat();
  const confirmed = history.sent.filter(({ message }) => message !== null).length;
  const again = sights.length - new Set(sights.map(({ token }) => token)).size;
  const turns = new Set(sights.map(({ turn }) => turn)).size;
  const count = (...rules: string[]): number => violations.filter(({ rule }) => rules.includes(rule)).length;
  return [
    `${confirmed} of ${history.sent.length} messages confirmed; ${sights.length} sights in ${turns} turns, ${again} of them of messages that came again`,
    `${history.retried.size} dead letters queued again; database ${integrity}`,
    `${count('lost')} lost, ${count('doubled')} doubled without a mark, ${count('order')} out of order, ${count('damaged', 'stranger')} damaged or foreign`,
    ...violations.slice(0, SHOWN).map(({ rule, text }) => `  ${rule}: ${text}`),
    violations.length === 0 && integrity === 'ok' ? 'the hive kept its word' : 'THE HIVE BROKE ITS WORD',
  ];
}

/** A whole run as JSON, to look at what led to a violation. */
export function recorded({ history, ...result }: ChaosResult | KillsResult): string {
  const { sent, seen, retried } = history;
  return JSON.stringify({ ...result, sent, seen: Object.fromEntries(seen), retried: [...retried] }, null, 1);
}
