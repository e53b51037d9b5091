import { connect } from '../src/protocol/client.ts';
import type { Client } from '../src/protocol/client.ts';
import { PROTOCOL_VERSION } from '../src/protocol/frames.ts';
import { methods } from '../src/protocol/methods/index.ts';
import { EchoProbe, SyncProbe } from './machine.ts';
import { nonceAlone } from '../src/daemon/standby/sockets-alone.ts';
import { percentile } from './statistics.ts';
import { agentSocket } from './run-folder.ts';

const WARM_UP = 100;

/** Wake latency beside what the machine needed in the same rounds; p50 but where named, ms. */
export interface WakeResult {
  wake: number;
  wakeP99: number;
  sync: number;
  roundTrip: number;
}

/** From `send` at one agent's socket to the answer of `next` at another's, durable, while nothing else happens. */
export async function measureWake(folder: string, rounds: number): Promise<WakeResult> {
  await using sender = await connect(agentSocket(folder, 'a0'), { service: 'rpc' });
  await using harness = await sayHello(folder, 'a1');
  using sync = new SyncProbe(folder);
  using echo = new EchoProbe(folder);
  const wakes: number[] = [];
  for (let round = 0; round < WARM_UP + rounds; round++) {
    sync.sample();
    await echo.sample();
    wakes.push(await measureOne(sender, harness, round));
  }
  const measured = wakes.slice(WARM_UP);
  return {
    wake: percentile(measured, 0.5),
    wakeP99: percentile(measured, 0.99),
    sync: percentile(sync.samples.slice(WARM_UP), 0.5),
    roundTrip: percentile(echo.samples.slice(WARM_UP), 0.5),
  };
}

/** One wake, ms. The peek in between makes sure that `next` already waits in the daemon. */
export async function measureOne(sender: Client, harness: Client, round: number): Promise<number> {
  const next = harness.call(methods.next, { max: 4 });
  await harness.call(methods.recv, { max: 1 });
  const start = performance.now();
  const sent = sender.call(methods.send, { to: 'a1', body: `message ${round}` });
  const { turn, deliveries } = await next;
  const took = performance.now() - start;
  await sent;
  await harness.call(methods.turnEnd, { turn, outcome: 'ok', presented: deliveries.map((row) => row.delivery) });
  return took;
}

/** A connection that is bound to the agent's session, as a harness has it. */
export async function sayHello(folder: string, agent: string): Promise<Client> {
  const client = await connect(agentSocket(folder, agent), { service: 'rpc' });
  const nonce = nonceAlone(agent);
  await client.call(methods.hello, { nonce, protocol: PROTOCOL_VERSION, build: 'bench', pid: process.pid });
  return client;
}
