import pino from 'pino';
import type { Logger } from 'pino';
import type { BrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { openSocketsAlone } from '../src/daemon/standby/sockets-alone.ts';
import { runFolder } from './run-folder.ts';

/** The log of a server process: its standard error. */
export function serverLog(): Logger {
  return pino({ level: 'warn' }, pino.destination(2));
}

/** Opens the sockets of the hive whose database is in `folder`. */
export async function serveAgents(folder: string, alone: BrokerAlone, log: Logger): Promise<void> {
  await openSocketsAlone(runFolder(folder), alone, log);
}
