import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What thinks in a receiver's container: reads its wake prompt, takes what else waits, and writes down what it saw before it does anything else with it.
 * Runs outside of the hive's files, so it finds the hive's client where containers have it.
 */
type Received = import('#src/protocol/shapes.ts').Received;
type Client = import('#src/protocol/client.ts').Client;

const INSTALLED = '/opt/hive/src/protocol';
const { connect } = (await import(`${INSTALLED}/client.ts`)) as typeof import('#src/protocol/client.ts');
const { methods } = (await import(`${INSTALLED}/methods/index.ts`)) as typeof import('#src/protocol/methods/index.ts');
const { withRetry } = (await import(`${INSTALLED}/retry.ts`)) as typeof import('#src/protocol/retry.ts');

const TOKEN = /«([a-z0-9-]+:\d+)»/;
/** What one turn takes before it ends: few enough that a run has many turns. */
const MOST = 24;

const { HIVE_SOCKET: socket = '', HOME: home = '', HIVE_TURN } = process.env;
const turn = Number(HIVE_TURN);
const log = openSync(`${home}/seen.jsonl`, 'a');

/** Appends what was seen and makes it durable; begins a line of its own, whatever an earlier process left half written. */
function note(rows: Received[]): void {
  const lines = rows.map(({ delivery, id: message, redelivered, body }) => {
    const token = TOKEN.exec(body)?.[1] ?? `unknown:${message}`;
    const sum = createHash('sha256').update(body).digest('hex').slice(0, 16);
    return JSON.stringify({ token, turn, delivery, message, redelivered, sum });
  });
  if (lines.length > 0) writeSync(log, `\n${lines.join('\n')}\n`);
  fsyncSync(log);
}

async function ask<T>(call: (client: Client) => Promise<T>): Promise<T> {
  const { value } = await withRetry(async () => {
    await using client = await connect(socket, { service: 'rpc' });
    return await call(client);
  });
  return value;
}

async function main(): Promise<void> {
  const prompt = await text(process.stdin);
  const { messages: woken } = await ask((client) => client.call(methods.turnMessages, { turn }));
  // Only what the prompt shows was seen by it.
  const shown = woken.filter(({ body }) => prompt.includes(body.trim()));
  note(shown);
  let taken = shown.length;
  while (taken < MOST) {
    // One key for all tries: the same call gets the same messages.
    const input = { turn, max: 1 + Math.floor(Math.random() * 32), key: crypto.randomUUID() };
    const { messages } = await ask((client) => client.call(methods.recv, input));
    if (messages.length === 0) break;
    await sleep(Math.random() * 20);
    note(messages);
    taken += messages.length;
    await ask((client) => client.call(methods.presented, { turn, deliveries: messages.map((row) => row.delivery) }));
  }
  closeSync(log);
}

await main();
