import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { standBy } from '#src/daemon/standby/stand-by.ts';

/** As `perf_hooks` numbers them: a collection of old objects, and a step of one that is done in steps. */
const MAJOR = 4;
const STEP = 8;
/** So many collections in one piece tell that none is done in steps. */
const ENOUGH = 3;
/** What is held at most: so many blocks of 0.8 MB. */
const BLOCKS = 200;

const seen: number[] = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    seen.push((entry as PerformanceEntry & { detail: { kind: number } }).detail.kind);
}).observe({ entryTypes: ['gc'] });

/** Makes garbage until V8 has collected old objects, and says how it did. */
async function howItCollects(): Promise<'in steps' | 'in one piece'> {
  seen.length = 0;
  const held: unknown[] = [];
  for (let block = 0; ; block++) {
    held[block % BLOCKS] = Array.from({ length: 100 }, () => new Array<number>(1000).fill(block));
    await new Promise((resolve) => setImmediate(resolve));
    if (seen.includes(STEP)) return 'in steps';
    if (seen.filter((kind) => kind === MAJOR).length >= ENOUGH) return 'in one piece';
  }
}

/** Stands by below the folder that it is told, and says how it collects before, while and after it does. */
async function main(): Promise<void> {
  const report = async (when: string): Promise<void> => console.log(`${when}: ${await howItCollects()}`);
  await report('before');
  const warm = Promise.withResolvers<void>();
  const options = { run: process.argv[2]!, input: process.stdin, signal: new AbortController().signal };
  const scale = { agents: 2, rounds: 1 };
  const begun = standBy({ ...options, say: console.error, onWarm: () => warm.resolve(), scale });
  await warm.promise;
  await new Promise((resolve) => setImmediate(resolve));
  await report('while');
  console.log(`begins: ${await begun}`);
  await report('after');
}

void main();
