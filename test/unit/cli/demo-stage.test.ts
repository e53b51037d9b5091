import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '#src/cli/demo/stage.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { Client } from '#src/protocol/client.ts';

const base = { forge: 'http://forge', dashboard: 'http://dashboard' };
const closed = new HiveError('unavailable', 'the connection closed');

/** A hive whose agents join, and which answers nothing after that. */
const ending = {
  call: ({ cmd }: { cmd: string }) => (cmd === 'ask' ? Promise.reject(closed) : Promise.resolve({ url: base.forge })),
  stream: () => new Promise((_resolve, reject) => setImmediate(reject, closed)),
} as unknown as Client;

test('a hive that ends while the story begins is one error, not an uncaught second one', async () => {
  const steps: string[] = [];
  const report = ({ step }: { step: string }): void => void steps.push(step);
  await assert.rejects(stage(ending, { base, report, signal: new AbortController().signal }), closed);
  assert.equal(steps.length, 2);
});
