import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Memory, Noticed } from './rpc-process.ts';
import { serve } from './rpc-server.ts';

/**
 * The server of rpc-server.ts in a process of its own: `node --expose-gc rpc-process-main.ts`. Prints the path of its socket, then answers each line on its
 * standard input: `memory` with a {@link Memory}, anything else with a {@link Noticed}. Ends with its input.
 */
async function main(): Promise<void> {
  await using served = await serve();
  process.stdout.write(`${served.path}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const { aborted, pushed } = served;
    const answer = line === 'memory' ? await measure() : ({ aborted, pushed } satisfies Noticed);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** After what can be collected was. */
async function measure(): Promise<Memory> {
  for (let turn = 0; turn < 2; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return { held: heapUsed + external, resident: Number(kib) * 1024 };
}

await main();
