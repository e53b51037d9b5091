import type { Socket } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';
import { encodeLine, parseLine, readLine } from '#src/lib/json-lines.ts';
import { type AgentService, serviceLine } from '#src/protocol/frames.ts';
import type { Broker } from '../broker/api.ts';
import type { Edge } from '../edge/api.ts';
import { lastWord } from './last-word.ts';

/** A peer has this long to say which service it wants. */
const FIRST_LINE_MS = 5000;
const MAX_FIRST_LINE_BYTES = 256;

/** Where a connection on an agent's socket can go. */
export interface AgentDoors {
  agent: string;
  broker: Pick<Broker, 'mayReach'>;
  edge: Pick<Edge, 'serve'>;
  /** Serves JSON lines. */
  speak(socket: Socket): void;
}

/** Reads the first line of a connection on an agent's socket and hands it to the service it names; who it is was decided by the socket. */
export function acceptAgent(socket: Socket, doors: AgentDoors): void {
  const drop = (): void => void socket.destroy();
  socket.on('error', drop);
  welcome(socket, doors, drop).catch((error: unknown) => lastWord(socket, error));
}

async function welcome(socket: Socket, doors: AgentDoors, drop: () => void): Promise<void> {
  const service = serviceOf(await readLine(socket, MAX_FIRST_LINE_BYTES, AbortSignal.timeout(FIRST_LINE_MS)));
  if (service !== 'rpc' && !doors.broker.mayReach(doors.agent)) throw replaced(doors.agent);
  socket.write(encodeLine({ ok: true }));
  socket.off('error', drop);
  if (service === 'rpc') doors.speak(socket);
  else doors.edge.serve(doors.agent, service, socket);
}

function serviceOf(line: string): AgentService {
  const parsed = serviceLine.safeParse(parseLine(line));
  if (parsed.success) return parsed.data.service;
  throw new HiveError('invalid', 'the first line names the service: {"hive":1,"service":"rpc"}');
}

function replaced(agent: string): HiveError {
  return new HiveError('unavailable', `the session of ${agent} is being replaced: nothing more is accepted from it`);
}
