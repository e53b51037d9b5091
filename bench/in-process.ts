import pino from 'pino';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { measureSends } from './sends.ts';
import type { SendsResult, SendsScale } from './sends.ts';

const RECEIVERS = 4;

/** Durable throughput of the broker itself: senders are callers in its own process. */
export async function measureInProcess(folder: string, senders: number, scale: SendsScale): Promise<SendsResult> {
  await using bench = await openBrokerAlone(folder, RECEIVERS + senders, pino({ level: 'warn' }));
  const send = (index: number, body: string): Promise<unknown> =>
    bench.broker.send(`a${RECEIVERS + index}`, { to: `a${index % RECEIVERS}`, body });
  return await measureSends(folder, senders, send, scale);
}
